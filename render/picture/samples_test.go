package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// secret stands in all files that tests make for where a photo was taken.
const secret = "51.4779,-0.0015"

// scene is a picture with something of a photo: slopes, edges and grain. Its four
// corners differ.
func scene(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	dice := rand.New(rand.NewPCG(1, 2))
	for y := range h {
		for x := range w {
			c := color.NRGBA{byte(x * 255 / w), byte(y * 255 / h), 90, 255}
			if (x-w/3)*(x-w/3)+(y-h/2)*(y-h/2) < w*h/20 {
				c = color.NRGBA{240, 200, 40, 255}
			}
			grain := dice.IntN(24)
			c.R, c.G, c.B = c.R/10*9+byte(grain), c.G/10*9+byte(grain), c.B+byte(grain)
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// still is a scene without grain, which lossy forms keep.
func still(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{byte(x * 255 / w), byte(y * 255 / h), byte((x + y) * 255 / (w + h)), 255})
		}
	}
	return m
}

func asJPEG(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asWebP(t testing.TB, m *image.NRGBA) []byte {
	t.Helper()
	p := &Picture{}
	data, err := p.encode(pixels{m.Rect.Size(), [][]byte{m.Pix}}, lossy(qualities[0]))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func asGIF(t testing.TB) []byte {
	t.Helper()
	moving := &gif.GIF{}
	for i := range 2 {
		frame := image.NewPaletted(image.Rect(0, 0, 20, 10), color.Palette{color.Black, color.White})
		frame.SetColorIndex(i, i, 1)
		moving.Image, moving.Delay = append(moving.Image, frame), append(moving.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, moving); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif are EXIF data with an orientation, a place and a thumbnail.
func exif(turn int) []byte {
	tiff := []byte{'I', 'I', '*', 0, 8, 0, 0, 0, 2, 0}
	tiff = append(tiff, 0x12, 0x01, 3, 0, 1, 0, 0, 0, byte(turn), 0, 0, 0)
	tiff = append(tiff, 0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0) // where the place is
	tiff = append(tiff, 0, 0, 0, 0)
	return append(tiff, secret+"\xff\xd8thumbnail of "+secret...)
}

func jpegSegment(marker byte, payload string) []byte {
	return append([]byte{0xff, marker, byte((len(payload) + 2) >> 8), byte(len(payload) + 2)}, payload...)
}

// tellingJPEG says of a JPEG all that can be said.
func tellingJPEG(data []byte, turn int, icc []byte) []byte {
	out := slices.Concat([]byte("\xff\xd8"),
		jpegSegment(0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x01\x01"+"thu"),
		jpegSegment(0xe1, exifHead+string(exif(turn))),
		jpegSegment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>"+secret),
		jpegSegment(0xed, "Photoshop 3.0\x00"+secret),
		jpegSegment(0xe2, "MPF\x00"+secret), jpegSegment(0xfe, "at "+secret))
	if icc != nil {
		half := len(icc) / 2
		out = append(out, jpegSegment(0xe2, iccHead+"\x02\x02"+string(icc[half:]))...) // they may stand in any order
		out = append(out, jpegSegment(0xe2, iccHead+"\x01\x02"+string(icc[:half]))...)
	}
	return append(append(out, data[2:]...), "\xff\xd8another picture, or a film of "+secret...)
}

func tellingPNG(data []byte, turn int) []byte {
	out := slices.Clone(data[:33]) // the head
	out = appendChunk(out, "eXIf", exif(turn))
	for _, name := range []string{"tEXt", "zTXt", "iTXt", "prVt"} {
		out = appendChunk(out, name, []byte("Comment\x00"+secret))
	}
	out = appendChunk(out, "tIME", make([]byte, 7))
	return append(append(out, data[33:]...), secret...)
}

func tellingWebP(data []byte, width, height int) []byte {
	head := make([]byte, 10)
	head[0] = webpEXIF | webpXMP
	for i := range 3 {
		head[4+i], head[7+i] = byte((width-1)>>(8*i)), byte((height-1)>>(8*i))
	}
	out := slices.Concat(data[:12], riff("VP8X", head), data[12:], riff("EXIF", exif(6)), riff("XMP ", []byte(secret)), riff("odd ", []byte(secret)))
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return append(out, secret...)
}

func tellingGIF(data []byte) []byte {
	at := 13 + colorTable(data[10])
	block := append([]byte{byte(len(secret))}, secret...)
	return slices.Concat(data[:at], []byte{0x21, 0xfe}, block, []byte{0}, []byte{0x21, 0xff, 11}, []byte("XMP DataXMP"), block, []byte{0}, data[at:], []byte(secret))
}

// samples are files of all formats with all that they can say.
func samples(t testing.TB) map[string][]byte {
	m := still(60, 40)
	return map[string][]byte{
		"photo.jpg": tellingJPEG(asJPEG(t, m, 90), 6, profile("RGB ", "Display P3")), "upright.jpg": tellingJPEG(asJPEG(t, m, 90), 1, nil),
		"photo.png": tellingPNG(asPNG(t, m), 3), "photo.webp": tellingWebP(asWebP(t, m), 60, 40), "moving.gif": tellingGIF(asGIF(t)),
	}
}

// profile is enough of a colour profile for what is asked of one.
func profile(space, name string) []byte {
	icc := make([]byte, 400)
	copy(icc[16:], space)
	copy(icc[300:], name)
	return icc
}

// decodeAny is any file as pixels, as stored.
func decodeAny(t testing.TB, data []byte) image.Image {
	t.Helper()
	format := sniff(data)
	m, err := decode(format, data)
	if format == GIF {
		m, err = gif.Decode(bytes.NewReader(data))
	}
	if err != nil {
		t.Fatalf("decode a %s: %v", format, err)
	}
	return m
}

// shown are pixels as package image knows them.
func shown(p pixels) image.Image {
	m := p.image()
	if planes, ok := m.(*image.NYCbCrA); ok {
		copied := planes.YCbCr
		copied.Y, copied.Cb, copied.Cr = slices.Clone(copied.Y), slices.Clone(copied.Cb), slices.Clone(copied.Cr)
		fullRange(&copied)
		return &copied
	}
	return m
}

// distance is the mean difference of two pictures' channels.
func distance(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 255
	}
	x, y := plain(a), plain(b)
	sum := 0.0
	for i := range x.Pix {
		sum += math.Abs(float64(x.Pix[i]) - float64(y.Pix[i]))
	}
	return sum / float64(len(x.Pix))
}
