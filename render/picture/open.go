package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// A Picture is a decoded image file. One goroutine uses it at a time.
type Picture struct {
	facts  Facts
	flat   bool           // few colours on plain grounds: lossless may be smaller
	pixels map[int]pixels // as it is shown, by width
	forms  map[int][]byte // that were made, by width
}

// Open decodes a file of which [Inspect] found nothing wrong, and reduces it to the
// widest form at once, so that of a large picture no more is held. It takes up to
// 8 bytes a pixel meanwhile, and about 30 ms a million of them.
func Open(data []byte) (*Picture, error) {
	f := Inspect(data)
	switch {
	case f.Damage != "":
		return nil, errors.New(f.Damage)
	case f.Fixed:
		return nil, errors.New("there are no smaller forms of its kind")
	}
	decoded, err := decode(f.Format, data)
	if err != nil {
		return nil, fmt.Errorf("decode it: %w", err)
	}
	stored := image.Pt(f.Width, f.Height)
	if f.turn > 4 {
		stored.X, stored.Y = stored.Y, stored.X
	}
	if got := decoded.Bounds().Size(); got != stored {
		return nil, fmt.Errorf("decode it: it has %v pixels, not %v", got, stored)
	}
	size := f.sizeAt(min(f.Width, widest))
	if f.turn > 4 {
		size.X, size.Y = size.Y, size.X
	}
	p := &Picture{facts: f, flat: f.Format == PNG && 2*f.Bytes < f.Width*f.Height, forms: map[int][]byte{}}
	base := pixelsOf(decoded, size, p.flat).turned(f.turn)
	p.pixels = map[int]pixels{base.size.X: base}
	return p, nil
}

// Weight says how much memory it takes once it is open, as [Facts.Weight] does.
func (p *Picture) Weight() int {
	size := p.facts.sizeAt(min(p.facts.Width, widest))
	return size.X * size.Y
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

// fullRange stretches what a WebP holds to what package image takes it for.
func fullRange(m *image.YCbCr) {
	for i, v := range m.Y {
		m.Y[i] = fullY[v]
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = fullC[m.Cb[i]], fullC[m.Cr[i]]
	}
}

func clampByte(v int) byte { return byte(max(0, min(255, v))) }

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
