package picture

import (
	"image"
	"image/draw"
)

// Weights have 14 bits behind the point; between the two passes values have 7.
const (
	weightBits = 14
	middleBits = 7
)

// A window is which pixels of a line go into one pixel of a shorter one, and how much
// of each. The weights add up to 1<<weightBits.
type window struct {
	start   int
	weights []int32
}

// windows are those of a line of length from that becomes one of length to, by
// Catmull and Rom's curve, widened by the ratio so that no pixel is left out.
func windows(from, to int) []window {
	list := make([]window, to)
	ratio := float64(from) / float64(to)
	for i := range list {
		center := (float64(i)+0.5)*ratio - 0.5
		first, last := int(center-2*ratio), int(center+2*ratio)+1
		first, last = max(first, 0), min(last, from-1)
		shares := make([]float64, last-first+1)
		sum := 0.0
		for k := range shares {
			shares[k] = catmullRom((float64(first+k) - center) / ratio)
			sum += shares[k]
		}
		w := window{first, make([]int32, len(shares))}
		left, middle := int32(1<<weightBits), 0
		for k, share := range shares {
			w.weights[k] = int32(float64(share/sum)*(1<<weightBits) + 0.5)
			left -= w.weights[k]
			if w.weights[k] > w.weights[middle] {
				middle = k
			}
		}
		w.weights[middle] += left
		list[i] = w
	}
	return list
}

// catmullRom is the weight at a distance. The conversions keep compilers from joining
// two operations in one with another rounding, so that all machines agree.
func catmullRom(x float64) float64 {
	x = max(x, -x)
	x2 := float64(x * x)
	x3 := float64(x2 * x)
	switch {
	case x < 1:
		return float64(1.5*x3) - float64(2.5*x2) + 1
	case x < 2:
		return float64(-0.5*x3) + float64(2.5*x2) - float64(4*x) + 2
	}
	return 0
}

// resize makes a picture smaller. It holds no more of the picture than the lines that
// go into one, as premultiplied colours: what is transparent has no colour.
func resize(m image.Image, size image.Point) *image.NRGBA {
	from := m.Bounds()
	if from.Size() == size {
		return plain(m)
	}
	across, down := windows(from.Dx(), size.X), windows(from.Dy(), size.Y)
	held := 0
	for _, w := range down {
		held = max(held, len(w.weights))
	}
	lines := make([][]int32, held)
	for i := range lines {
		lines[i] = make([]int32, 4*size.X)
	}
	line := image.NewRGBA(image.Rect(0, 0, from.Dx(), 1))
	out := image.NewNRGBA(image.Rectangle{Max: size})
	sums := make([]int32, 4*size.X)
	read := 0
	for y, w := range down {
		for ; read < w.start+len(w.weights); read++ {
			if read >= w.start {
				draw.Draw(line, line.Rect, m, image.Pt(from.Min.X, from.Min.Y+read), draw.Src)
				shorten(lines[read%held], line.Pix, across)
			}
		}
		clear(sums)
		for k, weight := range w.weights {
			for i, v := range lines[(w.start+k)%held] {
				sums[i] += v * weight
			}
		}
		settle(out.Pix[y*out.Stride:], sums)
	}
	return out
}

// shorten makes a line of pixels shorter.
func shorten(to []int32, line []byte, across []window) {
	for x, w := range across {
		var r, g, b, a int32
		pixels := line[4*w.start:][: 4*len(w.weights) : 4*len(w.weights)]
		for k, weight := range w.weights {
			p := pixels[4*k : 4*k+4 : 4*k+4]
			r += int32(p[0]) * weight
			g += int32(p[1]) * weight
			b += int32(p[2]) * weight
			a += int32(p[3]) * weight
		}
		const half, shift = 1 << (weightBits - middleBits - 1), weightBits - middleBits
		t := to[4*x : 4*x+4 : 4*x+4]
		t[0], t[1], t[2], t[3] = (r+half)>>shift, (g+half)>>shift, (b+half)>>shift, (a+half)>>shift
	}
}

// settle turns sums into bytes, and colours into those that are not premultiplied.
func settle(to []byte, sums []int32) {
	const half, shift = 1 << (weightBits + middleBits - 1), weightBits + middleBits
	for i := 0; i < len(sums); i += 4 {
		alpha := clampByte(int(sums[i+3]+half) >> shift)
		to[i+3] = alpha
		if alpha == 0 {
			continue
		}
		for k := range 3 {
			v := int(sums[i+k]+half) >> shift
			if alpha < 255 {
				v = (v*255 + int(alpha)/2) / int(alpha)
			}
			to[i+k] = clampByte(v)
		}
	}
}
