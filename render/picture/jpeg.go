package picture

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markStart     = 0xd8
	markEnd       = 0xd9
	markScan      = 0xda
	markTemporary = 0x01
	markRestart   = 0xd0 // to 0xd7
	markApp       = 0xe0 // to 0xef
	markComment   = 0xfe
)

// What begins the application segments that are of interest.
const (
	exifHead  = "Exif\x00\x00"
	iccHead   = "ICC_PROFILE\x00"
	jfifHead  = "JFIF\x00"
	adobeHead = "Adobe"
)

// A segment is a marker with what belongs to it: its payload, and, of a scan, the
// coded pixels behind that.
type segment struct {
	marker     byte
	start, end int // in the file
}

// payload is what follows the length.
func (s segment) payload(data []byte) []byte {
	if s.end-s.start < 4 {
		return nil
	}
	return data[s.start+4 : s.end]
}

// segments lists those of a JPEG up to its end. Bytes between them are passed over,
// as decoders do. The file is whole if its end marker was found; else rest is where
// the segment begins that cannot be read.
func segments(data []byte) (list []segment, whole bool, rest int) {
	at := 2
	for {
		skip := bytes.IndexByte(data[at:], 0xff)
		if skip < 0 || at+skip+1 >= len(data) {
			return list, false, len(data)
		}
		at += skip
		marker := data[at+1]
		switch {
		case marker == 0xff || marker == 0:
			at++ // a fill byte, or none
			continue
		case marker == markEnd:
			return append(list, segment{marker, at, at + 2}), true, at + 2
		case marker == markTemporary || marker == markStart || marker >= markRestart && marker < markRestart+8:
			at += 2
			continue
		case at+4 > len(data):
			return list, false, at
		}
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if end < at+4 || end > len(data) {
			return list, false, at
		}
		if marker == markScan {
			end = scanEnd(data, end)
		}
		list = append(list, segment{marker, at, end})
		at = end
	}
}

// scanEnd is where the coded pixels end: at a marker that is neither a restart nor
// a 0xff of theirs, after which a zero is stuffed.
func scanEnd(data []byte, at int) int {
	for {
		skip := bytes.IndexByte(data[at:], 0xff)
		if skip < 0 || at+skip+1 >= len(data) {
			return len(data)
		}
		at += skip
		next := data[at+1]
		switch {
		case next == 0 || next >= markRestart && next < markRestart+8:
			at += 2
		case next == 0xff:
			at++
		default:
			return at
		}
	}
}

func (f *Facts) inspectJPEG(data []byte) {
	list, whole, _ := segments(data)
	if !whole {
		f.Damage = cut
	}
	scans := 0
	var profile []iccPart
	for _, s := range list {
		p := s.payload(data)
		switch {
		case s.marker == markScan:
			scans++
		case isFrame(s.marker) && len(p) >= 6:
			if f.Width > 0 {
				f.Damage = "it has two frames"
			}
			f.Height, f.Width = int(binary.BigEndian.Uint16(p[1:])), int(binary.BigEndian.Uint16(p[3:]))
			f.deep = s.marker == 0xc2
			// Known are baseline, extended and progressive, of 8 bits, in grey or three colours.
			f.Fixed = s.marker > 0xc2 || p[0] != 8 || p[5] != 1 && p[5] != 3
		case s.marker == markApp+1 && bytes.HasPrefix(p, []byte(exifHead)) && f.turn == 1:
			f.turn = orientation(p[len(exifHead):])
		case s.marker == markApp+2 && bytes.HasPrefix(p, []byte(iccHead)) && len(p) > len(iccHead)+2:
			profile = append(profile, iccPart{int(p[len(iccHead)]), p[len(iccHead)+2:]})
		}
	}
	if scans > maxScans {
		f.Damage = "it is coded in more passes than any picture needs"
	}
	f.icc = joinICC(profile)
}

// An iccPart is one of the segments over which a colour profile is spread.
type iccPart struct {
	number int
	data   []byte
}

func joinICC(parts []iccPart) (icc []byte) {
	slices.SortStableFunc(parts, func(x, y iccPart) int { return x.number - y.number })
	for _, part := range parts {
		icc = append(icc, part.data...)
	}
	return icc
}

// isFrame reports whether a marker begins a frame: which has the size.
func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

// stripJPEG leaves out the application segments and comments, but for those that
// say how colours are meant, and all that follows the end.
func stripJPEG(data []byte) []byte {
	list, whole, rest := segments(data)
	if whole && isStripped(data, list, rest) {
		return data
	}
	turn := Inspect(data).turn
	out := append(make([]byte, 0, len(data)), 0xff, markStart)
	turned := turn == 1
	for _, s := range list {
		p := s.payload(data)
		first := s.marker == markApp && bytes.HasPrefix(p, []byte(jfifHead)) && len(p) >= 14
		if !first && !turned {
			out = append(out, exifSegment(turn)...)
			turned = true
		}
		switch {
		case first:
			// The version, the density of the pixels, and no thumbnail (JFIF 1.02).
			out = append(append(out, 0xff, markApp, 0, 16), p[:12]...)
			out = append(out, 0, 0)
		case keepsSegment(s.marker, p):
			out = append(out, data[s.start:s.end]...)
		}
	}
	if !whole && rest < len(data) && !hasPrivate(data[rest:]) {
		out = append(out, data[rest:]...)
	}
	if len(out) == len(data) && bytes.Equal(out, data) {
		return data
	}
	return out
}

// isStripped reports whether the segments of a whole file have no gaps between them, and
// whether all are such as stripJPEG keeps as they are.
func isStripped(data []byte, list []segment, end int) bool {
	at := 2
	for _, s := range list {
		if s.start != at || !keepsSegment(s.marker, s.payload(data)) {
			return false
		}
		at = s.end
	}
	return at == end && end == len(data)
}

func exifSegment(turn int) []byte {
	tiff := tiffOf(turn)
	length := 2 + len(exifHead) + len(tiff)
	return slices.Concat([]byte{0xff, markApp + 1, byte(length >> 8), byte(length)}, []byte(exifHead), tiff)
}

func keepsSegment(marker byte, payload []byte) bool {
	switch {
	case marker == markApp+2:
		return bytes.HasPrefix(payload, []byte(iccHead))
	case marker == markApp+14:
		return bytes.HasPrefix(payload, []byte(adobeHead))
	case marker >= markApp && marker < markApp+16, marker == markComment:
		return false
	}
	return true
}

// hasPrivate reports whether a segment that cannot be read to its end is one that
// would have been left out.
func hasPrivate(data []byte) bool {
	return len(data) > 1 && (data[1] >= markApp && data[1] < markApp+16 || data[1] == markComment)
}
