package picture

import (
	"bytes"
	"encoding/binary"
)

// orientation reads the tag of that name from the first directory of a TIFF, which
// is what EXIF data are (Exif 2.32, section 4.6.4). Without one, or where it cannot
// be read, it is 1: as stored.
func orientation(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return 1
	}
	if len(tiff) < 8 {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	count := int64(order.Uint16(tiff[at:]))
	for entry := at + 2; count > 0 && entry+12 <= int64(len(tiff)); entry, count = entry+12, count-1 {
		if order.Uint16(tiff[entry:]) != 0x0112 || order.Uint16(tiff[entry+2:]) != 3 {
			continue
		}
		if turn := int(order.Uint16(tiff[entry+8:])); turn >= 1 && turn <= 8 {
			return turn
		}
		return 1
	}
	return 1
}

// tiffOf is EXIF data that say nothing but the orientation.
func tiffOf(turn int) []byte {
	return []byte{'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(turn), 0, 0, 0, 0, 0, 0}
}

// isRGBProfile reports whether a colour profile is one of red, green and blue
// (ICC.1:2022, section 7.2.6).
func isRGBProfile(icc []byte) bool { return len(icc) >= 20 && string(icc[16:20]) == "RGB " }

// isSRGB reports whether a colour profile calls itself sRGB, which is what a picture
// without one is taken for.
func isSRGB(icc []byte) bool {
	return bytes.Contains(icc, []byte("sRGB")) || bytes.Contains(icc, []byte("s\x00R\x00G\x00B"))
}
