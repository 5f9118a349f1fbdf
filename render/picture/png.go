package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
)

const pngHead = "\x89PNG\r\n\x1a\n"

// A chunk is one of a PNG (W3C PNG, third edition, section 5) or of a WebP.
type chunk struct {
	name       string
	data       []byte
	start, end int // in the file, with all that belongs to it
}

// pngChunks lists those up to the last. damage says what is wrong; then rest is
// where the chunk begins that cannot be read.
func pngChunks(data []byte) (list []chunk, damage string, rest int) {
	at := len(pngHead)
	for {
		if at+12 > len(data) {
			return list, cut, at
		}
		length := int64(binary.BigEndian.Uint32(data[at:]))
		end := int64(at) + 12 + length
		if end > int64(len(data)) {
			return list, cut, at
		}
		c := chunk{name: string(data[at+4 : at+8]), data: data[at+8 : end-4], start: at, end: int(end)}
		if crc32.ChecksumIEEE(data[at+4:end-4]) != binary.BigEndian.Uint32(data[end-4:]) {
			return list, "a checksum in it is wrong", at
		}
		list = append(list, c)
		if c.name == "IEND" {
			return list, "", c.end
		}
		at = c.end
	}
}

func (f *Facts) inspectPNG(data []byte) {
	list, damage, _ := pngChunks(data)
	f.Damage = damage
	gamma, profiled := uint32(0), false
	for i, c := range list {
		switch c.name {
		case "IHDR":
			if i != 0 || len(c.data) < 13 {
				f.Damage = "its head is wrong"
				return
			}
			// As numbers of 31 bits, their product fits in an int.
			f.Width, f.Height = int(binary.BigEndian.Uint32(c.data)&0x7fffffff), int(binary.BigEndian.Uint32(c.data[4:])&0x7fffffff)
			f.deep = c.data[8] == 16
		case "acTL", "cICP": // it moves; it is HDR, or may be
			f.Fixed = true
		case "eXIf":
			f.turn = orientation(c.data)
		case "gAMA":
			if len(c.data) >= 4 {
				gamma = binary.BigEndian.Uint32(c.data)
			}
		case "sRGB":
			profiled = true
		case "iCCP":
			profiled = true
			f.icc = pngProfile(c.data)
		}
	}
	if gamma != 0 && !profiled && (gamma < 44000 || gamma > 47000) { // 1/2.2 is 45455
		f.Fixed = true
	}
}

// maxProfile bounds a colour profile. Those of screens have a few KB.
const maxProfile = 1 << 20

// pngProfile unpacks a colour profile: a name, a zero, a zero, and zlib data.
func pngProfile(data []byte) []byte {
	_, packed, found := bytes.Cut(data, []byte{0})
	if !found || len(packed) < 2 {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil
	}
	icc, err := io.ReadAll(io.LimitReader(r, maxProfile))
	if err != nil || len(icc) == maxProfile {
		return nil
	}
	return icc
}

// pngKept are the chunks that say how the picture looks.
var pngKept = []string{"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI", "bKGD", "pHYs", "acTL", "fcTL", "fdAT"}

func stripPNG(data []byte) []byte {
	list, damage, rest := pngChunks(data)
	out := append(make([]byte, 0, len(data)), pngHead...)
	for _, c := range list {
		if c.name == "eXIf" {
			if turn := orientation(c.data); turn != 1 {
				out = appendChunk(out, "eXIf", tiffOf(turn))
			}
		}
		if slices.Contains(pngKept, c.name) {
			out = append(out, data[c.start:c.end]...)
		}
	}
	if damage != "" && len(data) >= rest+8 && slices.Contains(pngKept, string(data[rest+4:rest+8])) {
		out = append(out, data[rest:]...)
	}
	if len(out) == len(data) && bytes.Equal(out, data) {
		return data
	}
	return out
}

func appendChunk(out []byte, name string, data []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	start := len(out)
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}
