package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
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
	p := &Picture{facts: Facts{Width: m.Rect.Dx(), Height: m.Rect.Dy()}, base: m}
	data, err := p.WebP(m.Rect.Dx(), math.MaxInt)
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

// TestStrip: what is nobody's business goes, what makes the picture stays.
func TestStrip(t *testing.T) {
	for name, data := range samples(t) {
		t.Run(name, func(t *testing.T) {
			before := Inspect(data)
			got := Strip(data)
			for _, word := range []string{secret, "xmpmeta", "Photoshop", "thumbnail", "MPF"} {
				if bytes.Contains(got, []byte(word)) {
					t.Errorf("%q is left", word)
				}
			}
			after := Inspect(got)
			if after.Damage != "" || after.Width != before.Width || after.Height != before.Height || !bytes.Equal(after.icc, before.icc) {
				t.Errorf("it was %+v and is %+v", before, after)
			}
			if before.Format != WebP && after.turn != before.turn {
				t.Errorf("its orientation was %d and is %d", before.turn, after.turn)
			}
			if d := distance(decodeAny(t, data), decodeAny(t, got)); d != 0 {
				t.Errorf("its pixels changed by %v", d)
			}
			if twice := Strip(got); &twice[0] != &got[0] {
				t.Error("it is stripped again")
			}
		})
	}
}

// TestOrientation stores one picture in all eight ways that cameras do.
func TestOrientation(t *testing.T) {
	want := still(60, 40)
	for turn := 1; turn <= 8; turn++ {
		stored := image.NewNRGBA(image.Rect(0, 0, 60, 40))
		if turn > 4 {
			stored = image.NewNRGBA(image.Rect(0, 0, 40, 60))
		}
		for y := range stored.Rect.Dy() {
			for x := range stored.Rect.Dx() {
				at := turnedPoint(turn, x, y, stored.Rect.Dx(), stored.Rect.Dy())
				stored.Set(x, y, want.At(at.X, at.Y))
			}
		}
		data := Strip(tellingJPEG(asJPEG(t, stored, 95), turn, nil))
		p, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		if d := distance(p.base, want); d > 4 || p.facts.Width != 60 || p.facts.Height != 40 {
			t.Errorf("with orientation %d it is off by %.1f, %d x %d", turn, d, p.facts.Width, p.facts.Height)
		}
	}
}

// slow leaves a test out under the race detector, under which the encoder takes
// twenty times as long: one goroutine makes one form.
func slow(t *testing.T) {
	if testing.Short() {
		t.Skip("encodes for minutes under the race detector; run without -short")
	}
}

// TestForms makes all forms of pictures of all kinds: each looks like the picture,
// and none has as many bytes.
func TestForms(t *testing.T) {
	slow(t)
	photo := scene(620, 330)
	clear, deep, gray := image.NewNRGBA(photo.Rect), image.NewNRGBA64(photo.Rect), image.NewGray(photo.Rect)
	few := image.NewPaletted(photo.Rect, color.Palette{color.NRGBA{}, color.NRGBA{200, 0, 0, 255}, color.NRGBA{0, 0, 200, 128}, color.White})
	dice := rand.New(rand.NewPCG(3, 4))
	for y := range 330 {
		for x := range 620 {
			c := photo.NRGBAAt(x, y)
			deep.Set(x, y, c)
			gray.Set(x, y, c)
			c.A = byte(x * 255 / 620)
			clear.SetNRGBA(x, y, c)
			few.SetColorIndex(x, y, uint8((x/70+y/50+dice.IntN(9)/8)%4))
		}
	}
	progressive, err := os.ReadFile("testdata/progressive.jpg")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"photo": asJPEG(t, photo, 85), "poor photo": asJPEG(t, photo, 55), "gray": asJPEG(t, gray, 85), "progressive": progressive,
		"PNG": asPNG(t, photo), "alpha": asPNG(t, clear), "16 bits": asPNG(t, deep), "palette": asPNG(t, few), "gray PNG": asPNG(t, gray), "WebP": asWebP(t, photo),
	} {
		t.Run(name, func(t *testing.T) {
			facts := Inspect(data)
			list := Widths(facts)
			if len(list) == 0 {
				t.Fatalf("there are no forms of %+v", facts)
			}
			p, err := Open(data)
			if err != nil {
				t.Fatal(err)
			}
			for _, width := range list {
				form, err := p.WebP(width, len(data))
				if err != nil {
					t.Fatal(err)
				}
				got := Inspect(form)
				if got.Damage != "" || len(form) >= len(data) || got.Width > width {
					t.Errorf("the form of %d is %+v; the picture has %d bytes", width, got, len(data))
				}
				if d := distance(decodeAny(t, form), resize(plain(decodeAny(t, data)), image.Pt(got.Width, got.Height))); d > 14 {
					t.Errorf("the form of %d is off by %.1f", width, d)
				}
			}
		})
	}
}

// TestNeverLarger asks for less than can be had: the form gives way, in the end in
// its pixels.
func TestNeverLarger(t *testing.T) {
	slow(t)
	p, err := Open(asPNG(t, scene(500, 300)))
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{20000, 3000, 500, 60} {
		form, err := p.WebP(480, limit)
		if err != nil || len(form) >= limit {
			t.Errorf("the form has %d bytes, not fewer than %d: %v", len(form), limit, err)
		}
	}
	if form, err := p.WebP(480, 10); err == nil {
		t.Errorf("there is a WebP of %d bytes", len(form))
	}
}

func TestWidths(t *testing.T) {
	for _, c := range []struct {
		facts Facts
		want  string
		whole bool
	}{
		{Facts{Width: 4000, Height: 3000, Bytes: 4 << 20}, "[480 800 1200 1600 2400]", true},
		{Facts{Width: 1000, Height: 700, Bytes: 300 << 10}, "[480 800 1000]", true},
		{Facts{Width: 820, Height: 700, Bytes: 300 << 10}, "[480 820]", true},        // 800 is no step
		{Facts{Width: 300, Height: 300, Bytes: 100 << 10}, "[300]", true},            // a photo as PNG
		{Facts{Width: 2400, Height: 1600, Bytes: 60 << 10}, "[480 800]", false},      // a screenshot
		{Facts{Width: 2400, Height: 1600, Bytes: 15 << 10}, "[]", false},             // hardly anything to win
		{Facts{Width: 1000, Height: 60000, Bytes: 9 << 20}, "[]", false},             // higher than a WebP can be
		{Facts{Width: 4000, Height: 3000, Bytes: 4 << 20, Fixed: true}, "[]", false}, // moves, say
		{Facts{Width: 4000, Height: 3000, Bytes: 4 << 20, Damage: cut}, "[]", false},
	} {
		list := Widths(c.facts)
		if got := fmt.Sprint(list); got != c.want || Whole(c.facts, list) != c.whole {
			t.Errorf("%+v has %s, %v", c.facts, got, Whole(c.facts, list))
		}
	}
}

// TestSameBytes: many at a time make what one makes.
func TestSameBytes(t *testing.T) {
	data := asJPEG(t, scene(500, 300), 90)
	var made [4][]byte
	var group sync.WaitGroup
	for i := range made {
		group.Go(func() {
			p, err := Open(data)
			if err == nil {
				made[i], err = p.WebP(200, len(data))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, form := range made {
		if !bytes.Equal(form, made[0]) {
			t.Error("two forms of one picture differ")
		}
	}
}

// TestProfile: a form has the picture's colours.
func TestProfile(t *testing.T) {
	slow(t)
	photo := asJPEG(t, scene(600, 400), 90)
	for name, c := range map[string]struct {
		icc   []byte
		kept  bool
		fixed bool
	}{
		"wide": {profile("RGB ", "Display P3"), true, false}, "usual": {profile("RGB ", "sRGB IEC61966-2.1"), false, false},
		"grey": {profile("GRAY", "Dot Gain 20%"), false, true}, "none": {nil, false, false},
	} {
		data := Strip(tellingJPEG(photo, 1, c.icc))
		facts := Inspect(data)
		if facts.Fixed != c.fixed || !bytes.Equal(facts.icc, c.icc) {
			t.Fatalf("%s: %+v", name, facts)
		}
		if c.fixed {
			continue
		}
		p, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		form, err := p.WebP(480, len(data))
		if err != nil {
			t.Fatal(err)
		}
		got := Inspect(form)
		if got.Damage != "" || got.Width != 480 || c.kept != bytes.Equal(got.icc, c.icc) && c.icc != nil {
			t.Errorf("%s: the form is %+v", name, got)
		}
		decodeAny(t, form)
	}
}

// TestLeftAlone: what moves, what is drawn, and colours that are not a screen's.
func TestLeftAlone(t *testing.T) {
	cmyk := asJPEG(t, scene(200, 200), 90)
	frame := bytes.Index(cmyk, []byte{0xff, 0xc0})
	cmyk[frame+9] = 4
	moving := asPNG(t, scene(200, 200))
	moving = slices.Concat(moving[:33], appendChunk(nil, "acTL", make([]byte, 8)), moving[33:])
	film := tellingWebP(asWebP(t, still(60, 40)), 60, 40)
	film[20] |= webpAnimated
	for name, data := range map[string][]byte{
		"CMYK": cmyk, "APNG": moving, "animated WebP": film, "GIF": asGIF(t), "SVG": []byte(`<svg width="30" height="20"></svg>`), "AVIF": []byte("\x00\x00\x00\x1cftypavif"), "": nil,
	} {
		facts := Inspect(data)
		if !facts.Fixed || facts.Damage != "" {
			t.Errorf("%s is %+v", name, facts)
		}
		if _, err := Open(data); err == nil {
			t.Errorf("%s is opened", name)
		}
	}
	if facts := Inspect(asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))); facts.Width != 1 || len(Widths(facts)) != 0 {
		t.Errorf("one pixel is %+v", facts)
	}
}

// TestDamaged cuts files short and changes bytes in them.
func TestDamaged(t *testing.T) {
	for name, data := range samples(t) {
		whole := Strip(data)
		for n := range len(whole) {
			facts := Inspect(whole[:n])
			if facts.Damage == "" && !facts.Fixed {
				t.Errorf("nothing is wrong with %d of %d bytes of %s", n, len(whole), name)
			}
			if _, err := Open(whole[:n]); err == nil {
				t.Errorf("%d of %d bytes of %s are opened", n, len(whole), name)
			}
		}
		for n := range len(data) {
			if n > len(data)/2 && bytes.Contains(Strip(data[:n]), []byte(secret)) {
				t.Errorf("of %d bytes of %s the place is left", n, name)
			}
		}
	}
	broken := asPNG(t, scene(90, 60))
	broken[len(broken)/2]++
	if damage := Inspect(broken).Damage; !strings.Contains(damage, "checksum") {
		t.Errorf("the damage is %q", damage)
	}
	photo := asJPEG(t, scene(900, 600), 90)
	for i := len(photo) / 2; i < len(photo)/2+200; i++ {
		photo[i] = 0x2a
	}
	if facts := Inspect(photo); facts.Damage != "" {
		t.Errorf("the head knows of %q", facts.Damage)
	}
}

// TestBombs: a head that claims a lot is not believed, and nothing is decoded.
func TestBombs(t *testing.T) {
	large := asPNG(t, image.NewGray(image.Rect(0, 0, 9, 9)))
	head := slices.Clone(large[16:29])
	binary.BigEndian.PutUint32(head, 60000)
	binary.BigEndian.PutUint32(head[4:], 60000)
	large = slices.Concat(large[:8], appendChunk(nil, "IHDR", head), large[33:])
	photo := asJPEG(t, still(60, 40), 90)
	frame := bytes.Index(photo, []byte{0xff, 0xc0})
	copy(photo[frame+5:], "\xea\x60\xea\x60")
	film := tellingWebP(asWebP(t, still(60, 40)), 16000, 16000)
	scans := asJPEG(t, still(60, 40), 90)
	scan := bytes.Index(scans, []byte{0xff, markScan})
	scans = slices.Concat(scans[:scan], bytes.Repeat(scans[scan:len(scans)-2], 1000), []byte{0xff, markEnd})
	for name, data := range map[string][]byte{"PNG": large, "JPEG": photo, "WebP": film, "scans": scans} {
		facts := Inspect(data)
		if facts.Damage == "" || facts.Fixed {
			t.Errorf("%s is %+v", name, facts)
		}
		allocated := testing.AllocsPerRun(1, func() {
			if _, err := Open(data); err == nil {
				t.Errorf("%s is opened", name)
			}
		})
		if allocated > 3000 {
			t.Errorf("%s: %v allocations", name, allocated)
		}
	}
}

// FuzzStrip: whatever the bytes are, the result is no longer, is not stripped again,
// shows the same, and says nothing.
func FuzzStrip(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := Strip(bytes.Clone(data))
		if len(got) > len(data) {
			t.Fatalf("%d bytes became %d", len(data), len(got))
		}
		if again := Strip(got); !bytes.Equal(again, got) {
			t.Fatalf("%q became %q, and then %q", data, got, again)
		}
		before, after := Inspect(data), Inspect(got)
		if before.Width != after.Width || before.Height != after.Height {
			t.Fatalf("it was %+v and is %+v", before, after)
		}
		if err := private(got); err != nil {
			t.Fatalf("%v: %q", err, got)
		}
	})
}

// private says what of a stripped file is nobody's business.
func private(data []byte) error {
	switch sniff(data) {
	case JPEG:
		list, _, _ := segments(data)
		for _, s := range list {
			exif := s.marker == 0xe1 && bytes.Equal(s.payload(data)[:min(6, len(s.payload(data)))], []byte(exifHead)) && s.end-s.start == 36
			if !exif && s.marker != 0xe0 && !keepsSegment(s.marker, s.payload(data)) {
				return errors.New("a segment is left")
			}
		}
	case PNG:
		list, _, _ := pngChunks(data)
		for _, c := range list {
			if !slices.Contains(pngKept, c.name) && (c.name != "eXIf" || len(c.data) != 26) {
				return errors.New("a chunk is left")
			}
		}
	case WebP:
		list, _ := webpChunks(data)
		for _, c := range list {
			if !slices.Contains(webpKept, c.name) {
				return errors.New("a chunk is left")
			}
		}
	}
	return nil
}

// FuzzOpen decodes small pictures of any bytes.
func FuzzOpen(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		facts := Inspect(data)
		if facts.Weight() > 10000 {
			return
		}
		p, err := Open(data)
		if err != nil {
			return
		}
		if got := p.base.Rect.Size(); got != (image.Point{facts.Width, facts.Height}) {
			t.Fatalf("it is %v, and was said to be %+v", got, facts)
		}
	})
}
