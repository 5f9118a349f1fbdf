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
const Encoder = "webp 1"

const (
	// MinBytes is from how many bytes on smaller forms are worth their requests.
	MinBytes = 16 << 10
	// widest is the widest form: a screen of 1200 points with two pixels to a point.
	widest = 2400
)

// widths are those of forms, beside the picture's own.
var widths = []int{480, 800, 1200, 1600, widest}

// Widths lists the widths of the smaller forms, rising. They are those below the
// picture's own by a tenth and more, and its own up to 2400. Left out are widths at
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

// WebP makes the form of a width, with fewer bytes than the limit. Where no quality
// does, it has fewer pixels, which browsers show at the same size. That costs about
// 200 ms for a million pixels.
func (p *Picture) WebP(width, limit int) ([]byte, error) {
	size := p.facts.sizeAt(width)
	form := resize(p.base, size)
	if p.flat {
		if data, err := p.encode(form, webp.Options{Lossless: true, Quality: 75, Method: method}); err == nil && 2*len(data) < limit {
			return data, nil
		}
	}
	for {
		for _, quality := range qualities {
			data, err := p.encode(form, webp.Options{Quality: quality, Method: method})
			if err != nil || len(data) < limit {
				return data, err
			}
		}
		if size.X == 1 && size.Y == 1 {
			return nil, fmt.Errorf("make a form of %d pixels: none has fewer than %d bytes", width, limit)
		}
		size = image.Pt(max(1, size.X/2), max(1, size.Y/2))
		form = resize(form, size)
	}
}

func (p *Picture) encode(m *image.NRGBA, o webp.Options) ([]byte, error) {
	var out bytes.Buffer
	if err := webp.Encode(&out, m, o); err != nil {
		return nil, fmt.Errorf("make a form of %d pixels: %w", m.Rect.Dx(), err)
	}
	if icc := p.facts.icc; len(icc) > 0 && !isSRGB(icc) {
		return withProfile(out.Bytes(), icc, m.Rect.Dx(), m.Rect.Dy()), nil
	}
	return out.Bytes(), nil
}
