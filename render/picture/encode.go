package picture

import (
	"bytes"
	"fmt"
	"image"
	"slices"

	"github.com/gen2brain/webp"
)

// Encoder names how smaller forms are made. Another one makes other bytes, so it is
// part of what a form is known by.
const Encoder = "webp 2"

const (
	// MinBytes is from how many bytes on smaller forms are worth their requests.
	MinBytes = 16 << 10
	// widest is the widest form: three pixels to a point of a text 41rem wide.
	widest = 1968
)

// widths are those of forms, beside the picture's own: for a text 41rem wide (656
// points), which nearly all are, on screens with one pixel to a point, two and three,
// and for what is smaller. A telephone of 440 points with three pixels to each takes
// the one for two.
var widths = []int{480, 800, 1312, widest}

// Widths lists the widths of the smaller forms, rising. They are those below the
// picture's own by a tenth and more, and its own up to 1968. Left out are widths at
// which a form of one bit a pixel, which is what photos mostly come to, would have
// as many bytes as the file: drawings and screenshots are often smaller than that.
func Widths(f Facts) (list []int) {
	if f.Fixed || f.Damage != "" || f.Bytes < MinBytes {
		return nil
	}
	own := min(f.Width, widest)
	for _, w := range append(slices.Clone(widths), own) {
		if w != own && w > own*9/10 || slices.Contains(list, w) {
			continue
		}
		size := f.sizeAt(w)
		if size.Y <= maxSide && size.X*size.Y/8 < f.Bytes {
			list = append(list, w)
		}
	}
	return list
}

// Whole reports whether the widest form is as good on any screen as the picture.
// Where it is not, the file itself is the widest choice.
func Whole(f Facts, widths []int) bool {
	return len(widths) > 0 && widths[len(widths)-1] == min(f.Width, widest)
}

// sizeAt is the size of the form of a width.
func (f Facts) sizeAt(width int) image.Point {
	return image.Pt(width, max(1, (f.Height*width+f.Width/2)/f.Width))
}

// qualities are those that are tried until a form is small enough. The first does for
// nearly all: the others are for pictures that are packed harder than it would.
var qualities = []int{75, 60, 45, 30}

// method is libwebp's effort, of 0 to 6: twice as fast as its default of 4, for 3 %
// more bytes.
const method = 2

// WebP makes the form of a width that [Widths] lists. It has fewer bytes than the next
// wider one, and the widest has fewer than the file. Where no quality does, it has
// fewer pixels, which browsers show at the same size. That costs about 150 ms for a
// million pixels.
func (p *Picture) WebP(width int) ([]byte, error) {
	if data := p.forms[width]; data != nil {
		return data, nil
	}
	m := p.at(width)
	data, err := p.first(m, width)
	if err == nil && data == nil {
		data, err = p.within(m, width)
	}
	if err != nil {
		return nil, fmt.Errorf("make a form of %d pixels: %w", width, err)
	}
	p.forms[width] = data
	return data, nil
}

// first makes a form of the first quality without a look at wider ones. That is
// nil unless it is so much smaller than the file that a wider one is as well, and
// thus of the same quality and with more bytes than this.
func (p *Picture) first(m pixels, width int) ([]byte, error) {
	if p.flat {
		return nil, nil // wider ones may be lossless
	}
	data, err := p.encode(m, lossy(qualities[0]))
	own := min(p.facts.Width, widest)
	if err != nil || 5*len(data)*own*own > 4*p.facts.Bytes*width*width {
		return nil, err
	}
	return data, nil
}

// within makes a form with fewer bytes than the next wider one, or than the file.
func (p *Picture) within(m pixels, width int) ([]byte, error) {
	limit := p.facts.Bytes
	if wider := p.wider(width); wider > 0 {
		data, err := p.WebP(wider)
		if err != nil {
			return nil, err
		}
		limit = len(data)
	}
	return p.below(m, limit)
}

// below makes a form with fewer bytes than a limit.
func (p *Picture) below(m pixels, limit int) ([]byte, error) {
	if p.flat {
		if data, err := p.encode(m, webp.Options{Lossless: true, Quality: 75, Method: method}); err == nil && 2*len(data) < limit {
			return data, nil
		}
	}
	for {
		for _, quality := range qualities {
			data, err := p.encode(m, lossy(quality))
			if err != nil || len(data) < limit {
				return data, err
			}
		}
		if m.size == image.Pt(1, 1) {
			return nil, fmt.Errorf("none has fewer than %d bytes", limit)
		}
		m = m.resized(image.Pt(max(1, m.size.X/2), max(1, m.size.Y/2)))
	}
}

// wider is the width of the next wider form, or 0.
func (p *Picture) wider(width int) int {
	for _, w := range Widths(p.facts) {
		if w > width {
			return w
		}
	}
	return 0
}

// at is the picture in a width. It is made from that of the next wider form.
func (p *Picture) at(width int) pixels {
	if m, ok := p.pixels[width]; ok {
		return m
	}
	from := p.wider(width)
	if from == 0 {
		from = min(p.facts.Width, widest)
	}
	m := p.at(from).resized(p.facts.sizeAt(width))
	p.pixels[width] = m
	return m
}

func lossy(quality int) webp.Options { return webp.Options{Quality: quality, Method: method} }

func (p *Picture) encode(m pixels, o webp.Options) ([]byte, error) {
	var out bytes.Buffer
	if err := webp.Encode(&out, m.image(), o); err != nil {
		return nil, err
	}
	if icc := p.facts.icc; len(icc) > 0 && !isSRGB(icc) {
		return withProfile(out.Bytes(), icc, m.size.X, m.size.Y), nil
	}
	return out.Bytes(), nil
}
