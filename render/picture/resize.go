package picture

import "image"

// weightBits are the bits of weights behind the point.
const weightBits = 14

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
	wide := max(ratio, 1)
	for i := range list {
		center := (float64(i)+0.5)*ratio - 0.5
		first, last := int(center-2*wide), int(center+2*wide)+1
		first, last = max(first, 0), min(last, from-1)
		shares := make([]float64, last-first+1)
		sum := 0.0
		for k := range shares {
			shares[k] = catmullRom((float64(first+k) - center) / wide)
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
		for w.weights[0] == 0 {
			w.start, w.weights = w.start+1, w.weights[1:]
		}
		for w.weights[len(w.weights)-1] == 0 {
			w.weights = w.weights[:len(w.weights)-1]
		}
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

// A source is pixels of some bytes each, line by line. Lines are asked for from the
// first to the last; a line may be written into the buffer, or lie elsewhere.
type source struct {
	size  image.Point
	bytes int // of a pixel: 1 of a plane, 4 of premultiplied colours
	line  func(y int, buffer []byte) []byte
}

// resize gives pixels another size. Of the source it holds no more than the lines
// that go into one.
func resize(from source, size image.Point) []byte {
	across, down := windows(from.size.X, size.X), windows(from.size.Y, size.Y)
	held := 0
	for _, w := range down {
		held = max(held, len(w.weights))
	}
	width := from.size.X * from.bytes
	buffers, lines := make([][]byte, held), make([][]byte, held)
	for i := range buffers {
		buffers[i] = make([]byte, width)
	}
	out := make([]byte, 0, size.X*size.Y*from.bytes)
	middle := make([]int32, width)
	window := make([][]byte, 0, held)
	read := 0
	for _, w := range down {
		for ; read < w.start+len(w.weights); read++ {
			if read >= w.start {
				lines[read%held] = from.line(read, buffers[read%held])
			}
		}
		window = window[:0]
		for k := range w.weights {
			window = append(window, lines[(w.start+k)%held])
		}
		merge(middle, window, w.weights)
		if from.bytes == 4 {
			out = shorten4(out, middle, across)
		} else {
			out = shorten1(out, middle, across)
		}
	}
	return out
}

// merge makes one line of several, four at a time.
func merge(to []int32, lines [][]byte, weights []int32) {
	clear(to)
	for ; len(lines) >= 4; lines, weights = lines[4:], weights[4:] {
		a, b, c, d := lines[0][:len(to)], lines[1][:len(to)], lines[2][:len(to)], lines[3][:len(to)]
		p, q, r, s := weights[0], weights[1], weights[2], weights[3]
		for i := range to {
			to[i] += int32(a[i])*p + int32(b[i])*q + int32(c[i])*r + int32(d[i])*s
		}
	}
	for k, line := range lines {
		line, weight := line[:len(to)], weights[k]
		for i := range to {
			to[i] += int32(line[i]) * weight
		}
	}
}

// half is what rounds a sum that has been weighted twice.
const half = 1 << (2*weightBits - 1)

// shorten1 makes a line of pixels of one byte shorter, and appends it.
func shorten1(out []byte, line []int32, across []window) []byte {
	for _, w := range across {
		sum := half
		pixels := line[w.start:][:len(w.weights)]
		for k, weight := range w.weights {
			sum += int(pixels[k]) * int(weight)
		}
		out = append(out, clampByte(sum>>(2*weightBits)))
	}
	return out
}

// shorten4 does so with colours, which are not premultiplied afterwards.
func shorten4(out []byte, line []int32, across []window) []byte {
	for _, w := range across {
		r, g, b, a := half, half, half, half
		pixels := line[4*w.start:][:4*len(w.weights)]
		for k, weight := range w.weights {
			p := pixels[4*k:][:4]
			r += int(p[0]) * int(weight)
			g += int(p[1]) * int(weight)
			b += int(p[2]) * int(weight)
			a += int(p[3]) * int(weight)
		}
		alpha := clampByte(a >> (2 * weightBits))
		out = append(out, whole(r, alpha), whole(g, alpha), whole(b, alpha), alpha)
	}
	return out
}

// whole is a sum of a premultiplied colour as one that is not.
func whole(sum int, alpha byte) byte {
	v := sum >> (2 * weightBits)
	switch alpha {
	case 0:
		return 0
	case 255:
		return clampByte(v)
	}
	return clampByte((v*255 + int(alpha)/2) / int(alpha))
}
