package picture

import "bytes"

// gifApps are the application extensions that say how a GIF is shown: how often it
// repeats, and its colours.
var gifApps = [][]byte{[]byte("NETSCAPE2.0"), []byte("ANIMEXTS1.0"), []byte("ICCRGBG1012")}

// stripGIF leaves out comments, other applications' data (XMP), and what follows the
// end (GIF89a, sections 19 to 27).
func stripGIF(data []byte) []byte {
	at := 13
	if len(data) < at {
		return data
	}
	at += colorTable(data[10])
	if at > len(data) {
		return data
	}
	out := append(make([]byte, 0, len(data)), data[:at]...)
	for at < len(data) {
		start := at
		switch data[at] {
		case 0x21: // an extension
			at = blocksEnd(data, at+2)
			if keepsExtension(data[start:at]) {
				out = append(out, data[start:at]...)
			}
		case 0x2c: // an image
			if at+10 > len(data) {
				return append(out, data[at:]...)
			}
			at = blocksEnd(data, at+10+colorTable(data[at+9])+1)
			out = append(out, data[start:at]...)
		case 0x3b: // the end
			if len(out)+1 == len(data) {
				return data
			}
			return append(out, 0x3b)
		default:
			return append(out, data[at:]...)
		}
	}
	return out
}

// colorTable is the size of one, by the flags that announce it.
func colorTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// blocksEnd is where a chain of blocks ends, the last of which is empty.
func blocksEnd(data []byte, at int) int {
	for at < len(data) {
		size := int(data[at])
		at += 1 + size
		if size == 0 {
			break
		}
	}
	return min(at, len(data))
}

func keepsExtension(whole []byte) bool {
	if len(whole) < 2 || whole[1] == 0xfe {
		return false
	}
	if whole[1] != 0xff {
		return true
	}
	for _, app := range gifApps {
		if len(whole) > 3 && bytes.HasPrefix(whole[3:], app) {
			return true
		}
	}
	return false
}
