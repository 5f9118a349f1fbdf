package picture

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Flags of the extended header (RFC 9649, section 2.7.1).
const (
	webpAnimated = 0x02
	webpXMP      = 0x04
	webpEXIF     = 0x08
	webpAlpha    = 0x10
	webpICC      = 0x20
)

// webpChunks lists those of a WebP.
func webpChunks(data []byte) (list []chunk, whole bool) {
	size := int64(binary.LittleEndian.Uint32(data[4:])) + 8
	whole = size <= int64(len(data))
	data = data[:min(size, int64(len(data)))]
	at := 12
	for at+8 <= len(data) {
		length := int64(binary.LittleEndian.Uint32(data[at+4:]))
		end := int64(at) + 8 + length
		if end > int64(len(data)) {
			end, whole = int64(len(data)), false
		}
		c := chunk{name: string(data[at : at+4]), data: data[at+8 : end], start: at, end: int(min(end+length&1, int64(len(data))))}
		list = append(list, c)
		at = c.end
	}
	return list, whole
}

func (f *Facts) inspectWebP(data []byte) {
	list, whole := webpChunks(data)
	if !whole {
		f.Damage = cut
	}
	for _, c := range list {
		d := c.data
		width, height := f.Width, f.Height
		switch {
		case c.name == "VP8X" && len(d) >= 10:
			width, height = int(little24(d[4:]))+1, int(little24(d[7:]))+1
			f.Fixed = d[0]&webpAnimated != 0
		case c.name == "VP8L" && len(d) >= 5:
			bits := binary.LittleEndian.Uint32(d[1:])
			width, height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		case c.name == "VP8 " && len(d) >= 10:
			width, height = int(binary.LittleEndian.Uint16(d[6:])&0x3fff), int(binary.LittleEndian.Uint16(d[8:])&0x3fff)
		case c.name == "ICCP":
			f.icc = d
		}
		if f.Width > 0 && (width != f.Width || height != f.Height) { // a decoder would believe the larger one
			f.Damage = "it says that it has two sizes"
			return
		}
		f.Width, f.Height = width, height
	}
}

func little24(d []byte) uint32 { return uint32(d[0]) | uint32(d[1])<<8 | uint32(d[2])<<16 }

var webpKept = []string{"VP8X", "VP8 ", "VP8L", "ALPH", "ICCP", "ANIM", "ANMF"}

// stripWebP leaves out EXIF with its orientation, too, for browsers do not go by it
// in a WebP.
func stripWebP(data []byte) []byte {
	list, _ := webpChunks(data)
	out := append(make([]byte, 0, len(data)), data[:12]...)
	for _, c := range list {
		if !slices.Contains(webpKept, c.name) {
			continue
		}
		start := len(out)
		out = append(out, data[c.start:c.end]...)
		if c.name == "VP8X" && len(c.data) > 0 {
			out[start+8] &^= webpXMP | webpEXIF
		}
	}
	if len(out) == len(data) && bytes.Equal(out, data) {
		return data
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// withProfile puts a colour profile into a WebP of one picture.
func withProfile(data, icc []byte, width, height int) []byte {
	flags := byte(webpICC)
	var rest []byte
	list, _ := webpChunks(data)
	for _, c := range list {
		switch {
		case c.name == "VP8X":
			flags |= c.data[0]
			continue
		case c.name == "VP8L" && len(c.data) >= 5 && c.data[4]&0x10 != 0: // alpha is used
			flags |= webpAlpha
		}
		rest = append(rest, data[c.start:c.end]...)
	}
	head := make([]byte, 10)
	head[0] = flags
	for i := range 3 {
		head[4+i], head[7+i] = byte((width-1)>>(8*i)), byte((height-1)>>(8*i))
	}
	out := append([]byte("RIFF\x00\x00\x00\x00WEBP"), riff("VP8X", head)...)
	out = append(append(out, riff("ICCP", icc)...), rest...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func riff(name string, data []byte) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data))), data...)
	if len(data)%2 == 1 {
		out = append(out, 0)
	}
	return out
}
