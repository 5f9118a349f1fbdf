package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A Format is a kind of image file, by its first bytes.
type Format string

// The formats that are known.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	WebP Format = "webp"
	GIF  Format = "gif"
	SVG  Format = "svg"
	AVIF Format = "avif" // and HEIC
)

const (
	// MaxPixels is the largest picture that is decoded, half of it with 16 bits a
	// channel or as a progressive JPEG, which take up to 16 bytes a pixel, where others
	// take 4. Cameras of telephones have up to 50 million.
	MaxPixels = 64_000_000
	// maxScans bounds the passes of a progressive JPEG, each of which costs as much
	// as a picture. Encoders make about ten.
	maxScans = 64
	// maxSide is the largest width or height of a WebP (RFC 9649, section 2.5).
	maxSide = 16383
)

// Facts are what the head and the structure of an image file say.
type Facts struct {
	Format        Format // "" for none of ours
	Width, Height int    // in pixels, as the picture is shown; 0 if not known
	Bytes         int    // of the file
	Fixed         bool   // no smaller forms are made of it, and nothing is wrong with it
	Damage        string // what is wrong with it, so that none are made; "" for nothing

	turn int // EXIF orientation, 1 to 8
	icc  []byte
	deep bool // 16 bits a channel, or the coefficients of a progressive JPEG
}

// Inspect reads the facts. It decodes no pixel, and takes no more memory than the
// file's colour profile.
func Inspect(data []byte) Facts {
	f := Facts{Bytes: len(data), Format: sniff(data), turn: 1}
	switch f.Format {
	case JPEG:
		f.inspectJPEG(data)
	case PNG:
		f.inspectPNG(data)
	case WebP:
		f.inspectWebP(data)
	case GIF:
		f.Fixed = true
		if len(data) >= 10 {
			f.Width, f.Height = int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))
		}
	case AVIF:
		f.inspectAVIF(data)
	case SVG:
		f.Fixed = true
		f.Width, f.Height = svgSize(data)
	default:
		f.Fixed = true
	}
	if f.turn > 4 {
		f.Width, f.Height = f.Height, f.Width
	}
	if f.Damage == "" && !f.Fixed && (f.Width < 1 || f.Height < 1) {
		f.Damage = "it has no size"
	}
	if f.Damage == "" && !f.Fixed && f.Weight() > MaxPixels {
		f.Damage = fmt.Sprintf("it has %d x %d pixels, more than are decoded", f.Width, f.Height)
	}
	if len(f.icc) > 0 && !isRGBProfile(f.icc) {
		f.Fixed = true
	}
	return f
}

// cut is the damage of a file that ends too early.
const cut = "it is cut short"

// sniff tells the format. SVG is text and may begin with a declaration or comments.
func sniff(data []byte) Format {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		return JPEG
	case bytes.HasPrefix(data, []byte(pngHead)):
		return PNG
	case len(data) >= 16 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return WebP
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return GIF
	case isAVIF(data):
		return AVIF
	case bytes.Contains(data[:min(len(data), 4096)], []byte("<svg")):
		return SVG
	}
	return ""
}

// Strip is the file without what is nobody's business; see the package comment. A
// file in which there is nothing of that kind, or that is of no format known, comes
// back as it is. Of a damaged one all is taken out that can be found.
func Strip(data []byte) []byte {
	switch sniff(data) {
	case JPEG:
		return stripJPEG(data)
	case PNG:
		return stripPNG(data)
	case WebP:
		return stripWebP(data)
	case GIF:
		return stripGIF(data)
	case AVIF:
		return stripAVIF(data)
	}
	return data
}
