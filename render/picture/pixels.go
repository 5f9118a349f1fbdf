package picture

import (
	"image"
	"image/draw"
	"slices"
)

// pixels are a picture in one of two shapes, none of which needs another conversion
// before it is encoded. What is decoded as brightness and colours, as photos are,
// stays so: three planes, of which the two of colours have half the width and height.
// All others are one plane of red, green, blue and alpha, not premultiplied.
type pixels struct {
	size   image.Point
	planes [][]byte
}

// colours reports whether they are red, green, blue and alpha.
func (p pixels) colours() bool { return len(p.planes) == 1 }

// halfOf is the size of a plane of colours. The last one may stand for one pixel.
func halfOf(size image.Point) image.Point { return image.Pt((size.X+1)/2, (size.Y+1)/2) }

// planeSize is that of one of the planes.
func planeSize(size image.Point, plane int) image.Point {
	if plane > 0 {
		return halfOf(size)
	}
	return size
}

// pixelsOf are those of a decoded picture in another size.
func pixelsOf(m image.Image, size image.Point, colours bool) pixels {
	if !colours {
		switch m := m.(type) {
		case *image.YCbCr:
			half := halfOf(size)
			chroma := chromaSize(m)
			return pixels{size, [][]byte{
				reduced(planeSource(m.Y, m.YStride, m.Rect.Size()), size, videoY),
				reduced(planeSource(m.Cb, m.CStride, chroma), half, videoC),
				reduced(planeSource(m.Cr, m.CStride, chroma), half, videoC),
			}}
		case *image.Gray:
			half := halfOf(size)
			none := slices.Repeat([]byte{128}, half.X*half.Y)
			return pixels{size, [][]byte{reduced(planeSource(m.Pix, m.Stride, m.Rect.Size()), size, videoY), none, none}}
		}
	}
	if m.Bounds().Size() == size {
		return pixels{size, [][]byte{plain(m).Pix}}
	}
	return pixels{size, [][]byte{resize(imageSource(m), size)}}
}

// resized are the pixels in a smaller size.
func (p pixels) resized(size image.Point) pixels {
	switch {
	case p.size == size:
		return p
	case p.colours():
		return pixels{size, [][]byte{resize(imageSource(p.image()), size)}}
	}
	next := pixels{size: size}
	for i, plane := range p.planes {
		from := planeSize(p.size, i)
		next.planes = append(next.planes, resize(planeSource(plane, from.X, from), planeSize(size, i)))
	}
	return next
}

// turned are the pixels with an EXIF orientation applied.
func (p pixels) turned(turn int) pixels {
	if turn == 1 {
		return p
	}
	next := pixels{size: p.size}
	if turn > 4 {
		next.size = image.Pt(p.size.Y, p.size.X)
	}
	for i, plane := range p.planes {
		from, bytes := planeSize(p.size, i), 1
		if p.colours() {
			bytes = 4
		}
		to, line := make([]byte, len(plane)), planeSize(next.size, i).X
		for y := range from.Y {
			for x := range from.X {
				at := turnedPoint(turn, x, y, from.X, from.Y)
				copy(to[(at.Y*line+at.X)*bytes:][:bytes], plane[(y*from.X+x)*bytes:])
			}
		}
		next.planes = append(next.planes, to)
	}
	return next
}

// image is what the encoder takes.
func (p pixels) image() image.Image {
	rect := image.Rectangle{Max: p.size}
	if p.colours() {
		return &image.NRGBA{Pix: p.planes[0], Stride: 4 * p.size.X, Rect: rect}
	}
	return &image.NYCbCrA{
		YCbCr: image.YCbCr{
			Y: p.planes[0], Cb: p.planes[1], Cr: p.planes[2], YStride: p.size.X, CStride: halfOf(p.size).X,
			SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: rect,
		},
		A: slices.Repeat([]byte{255}, p.size.X*p.size.Y), AStride: p.size.X,
	}
}

// planeSource reads a plane whose lines may be longer than they are shown.
func planeSource(plane []byte, stride int, size image.Point) source {
	return source{size, 1, func(y int, _ []byte) []byte { return plane[y*stride:][:size.X] }}
}

// imageSource reads any picture as premultiplied colours: what is transparent has none.
func imageSource(m image.Image) source {
	from := m.Bounds()
	return source{from.Size(), 4, func(y int, buffer []byte) []byte {
		line := &image.RGBA{Pix: buffer, Stride: len(buffer), Rect: image.Rect(0, 0, from.Dx(), 1)}
		draw.Draw(line, line.Rect, m, image.Pt(from.Min.X, from.Min.Y+y), draw.Src)
		return buffer
	}}
}

// reduced is a plane in a smaller size, with each byte looked up in a table.
func reduced(from source, size image.Point, table *[256]byte) []byte {
	var plane []byte
	if from.size == size {
		plane = make([]byte, 0, size.X*size.Y)
		for y := range size.Y {
			plane = append(plane, from.line(y, nil)...)
		}
	} else {
		plane = resize(from, size)
	}
	for i, v := range plane {
		plane[i] = table[v]
	}
	return plane
}

// chromaSize is the size of the planes of colours of a decoded picture, which may be
// as large as that of brightness.
func chromaSize(m *image.YCbCr) image.Point {
	x, y := 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		x = 2
	case image.YCbCrSubsampleRatio420:
		x, y = 2, 2
	case image.YCbCrSubsampleRatio440:
		y = 2
	case image.YCbCrSubsampleRatio411:
		x = 4
	case image.YCbCrSubsampleRatio410:
		x, y = 4, 2
	}
	size := m.Rect.Size()
	return image.Pt((size.X+x-1)/x, (size.Y+y-1)/y)
}

// In a WebP brightness goes from 16 to 235 and colour from 16 to 240 (RFC 6386,
// section 9.2); package image knows those of JPEG, which fill a byte.
var videoY, videoC, fullY, fullC = rangeTables()

func rangeTables() (videoY, videoC, fullY, fullC *[256]byte) {
	videoY, videoC, fullY, fullC = new([256]byte), new([256]byte), new([256]byte), new([256]byte)
	for i := range 256 {
		videoY[i] = clampByte(16 + (i*219+255/2)/255)
		videoC[i] = clampByte((i*224 + 128*31 + 255/2) / 255)
		fullY[i] = clampByte(((i-16)*255 + 219/2) / 219)
		fullC[i] = clampByte(((i-128)*255 + 128*224 + 224/2) / 224)
	}
	return
}

// plain is a picture as bytes of red, green, blue and alpha, not premultiplied.
func plain(m image.Image) *image.NRGBA {
	if m, ok := m.(*image.NRGBA); ok && m.Rect.Min == (image.Point{}) && m.Stride == 4*m.Rect.Dx() {
		return m
	}
	out := image.NewNRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out
}
