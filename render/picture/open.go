package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// A Picture is a decoded image file.
type Picture struct {
	facts Facts
	base  *image.NRGBA // as it is shown, at most as wide as the widest form
	flat  bool         // few colours on plain grounds: lossless may be smaller
}

// Open decodes a file of which [Inspect] found nothing wrong, and reduces it to the
// widest form at once, so that of a large picture no more is held. It takes up to
// 8 bytes a pixel meanwhile, and about 40 ms a million of them.
func Open(data []byte) (*Picture, error) {
	f := Inspect(data)
	switch {
	case f.Damage != "":
		return nil, errors.New(f.Damage)
	case f.Fixed:
		return nil, errors.New("there are no smaller forms of its kind")
	}
	pixels, err := decode(f.Format, data)
	if err != nil {
		return nil, fmt.Errorf("decode it: %w", err)
	}
	stored := image.Pt(f.Width, f.Height)
	if f.turn > 4 {
		stored.X, stored.Y = stored.Y, stored.X
	}
	if got := pixels.Bounds().Size(); got != stored {
		return nil, fmt.Errorf("decode it: it has %v pixels, not %v", got, stored)
	}
	size := f.sizeAt(min(f.Width, widest))
	if f.turn > 4 {
		size.X, size.Y = size.Y, size.X
	}
	p := &Picture{facts: f, flat: f.Format == PNG && 2*f.Bytes < f.Width*f.Height}
	p.base = turned(resize(pixels, size), f.turn)
	return p, nil
}

// Weight says how much memory [Open] takes of a picture, in pixels.
func (f Facts) Weight() int {
	if f.deep {
		return 2 * f.Width * f.Height
	}
	return f.Width * f.Height
}

func decode(format Format, data []byte) (image.Image, error) {
	r := bytes.NewReader(data)
	switch format {
	case JPEG:
		return jpeg.Decode(r)
	case PNG:
		return png.Decode(r)
	}
	m, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	switch m := m.(type) {
	case *image.YCbCr:
		fullRange(m)
	case *image.NYCbCrA:
		fullRange(&m.YCbCr)
	}
	return m, nil
}

// fullRange stretches brightness from 16..235 and colour from 16..240 to a byte, for
// the decoder hands out what is in the file (RFC 6386, section 9.2), and package
// image takes it for JPEG's.
func fullRange(m *image.YCbCr) {
	var y, c [256]byte
	for i := range 256 {
		y[i] = clampByte(((i-16)*255 + 219/2) / 219)
		c[i] = clampByte(((i-128)*255 + 128*224 + 224/2) / 224)
	}
	for i, v := range m.Y {
		m.Y[i] = y[v]
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = c[m.Cb[i]], c[m.Cr[i]]
	}
}

func clampByte(v int) byte { return byte(max(0, min(255, v))) }

// turned is a picture with its EXIF orientation applied.
func turned(m *image.NRGBA, turn int) *image.NRGBA {
	if turn == 1 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if turn > 4 {
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			to := turnedPoint(turn, x, y, w, h)
			copy(out.Pix[out.PixOffset(to.X, to.Y):][:4], m.Pix[m.PixOffset(x, y):][:4])
		}
	}
	return out
}

// turnedPoint is where a stored point of a picture of w by h is shown (Exif 2.32,
// section 4.6.4, tag 274).
func turnedPoint(turn, x, y, w, h int) image.Point {
	if turn == 2 || turn == 3 || turn == 7 || turn == 8 {
		x = w - 1 - x
	}
	if turn == 3 || turn == 4 || turn == 6 || turn == 7 {
		y = h - 1 - y
	}
	if turn > 4 {
		x, y = y, x
	}
	return image.Pt(x, y)
}

// plain is a picture as bytes of red, green, blue and alpha, not premultiplied.
func plain(m image.Image) *image.NRGBA {
	if m, ok := m.(*image.NRGBA); ok && m.Rect.Min == (image.Point{}) {
		return m
	}
	out := image.NewNRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out
}
