package picture

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
)

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
		if d := distance(shown(p.at(60)), want); d > 4 || p.facts.Width != 60 || p.facts.Height != 40 {
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
				form, err := p.WebP(width)
				if err != nil {
					t.Fatal(err)
				}
				got := Inspect(form)
				if got.Damage != "" || len(form) >= len(data) || got.Width > width {
					t.Errorf("the form of %d is %+v; the picture has %d bytes", width, got, len(data))
				}
				if d := distance(decodeAny(t, form), shown(pixelsOf(plain(decodeAny(t, data)), image.Pt(got.Width, got.Height), true))); d > 14 {
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
		form, err := p.below(p.at(480), limit)
		if err != nil || len(form) >= limit {
			t.Errorf("the form has %d bytes, not fewer than %d: %v", len(form), limit, err)
		}
	}
	if form, err := p.below(p.at(480), 10); err == nil {
		t.Errorf("there is a WebP of %d bytes", len(form))
	}
}

// TestNarrowerIsSmaller: of pictures of which that is in doubt, a narrower form has
// fewer bytes than a wider one, and it is the same whether wider ones were made before
// or not.
func TestNarrowerIsSmaller(t *testing.T) {
	slow(t)
	drawing := image.NewNRGBA(image.Rect(0, 0, 900, 400))
	for y := range 400 {
		for x := range 900 {
			c := color.NRGBA{255, 255, 255, 255}
			if (x/4+y/4)%2 == 0 && x*y%1000 < 800 {
				c = color.NRGBA{20, 20, 120, 255}
			}
			drawing.SetNRGBA(x, y, c)
		}
	}
	for name, data := range map[string][]byte{
		"photo": asJPEG(t, scene(900, 400), 85), "poor photo": asJPEG(t, scene(900, 400), 20), "noise": asPNG(t, scene(900, 400)), "drawing": asPNG(t, drawing),
	} {
		t.Run(name, func(t *testing.T) {
			together, err := Open(data)
			if err != nil {
				t.Fatal(err)
			}
			limit := len(data)
			for _, width := range slices.Backward(Widths(together.facts)) {
				form, err := together.WebP(width)
				if err != nil {
					t.Fatal(err)
				}
				if len(form) >= limit {
					t.Errorf("the form of %d has %d bytes, and a wider one %d", width, len(form), limit)
				}
				limit = len(form)
				alone, err := Open(data)
				if err != nil {
					t.Fatal(err)
				}
				if again, err := alone.WebP(width); err != nil || !bytes.Equal(again, form) {
					t.Errorf("the form of %d by itself differs: %v", width, err)
				}
			}
		})
	}
}

func TestWidths(t *testing.T) {
	for _, c := range []struct {
		facts Facts
		want  string
		whole bool
	}{
		{Facts{Width: 4000, Height: 3000, Bytes: 4 << 20}, "[480 800 1312 1968]", true},
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
				made[i], err = p.WebP(200)
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
		form, err := p.WebP(480)
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

// TestEncoder holds Encoder to its word: where the bytes of forms change, with a new
// version of a decoder or of libwebp, it has to change, or forms of before would stand
// beside those of today.
func TestEncoder(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the bytes were noted on amd64")
	}
	photo, err := os.ReadFile("testdata/progressive.jpg")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	for _, data := range [][]byte{photo, asPNG(t, still(300, 200)), asWebP(t, scene(300, 200))} {
		p, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		form, err := p.encode(p.at(200), lossy(qualities[0]))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(form)
	}
	const noted = "webp 2 is 697b248016b0abee"
	if got := fmt.Sprintf("%s is %x", Encoder, sum.Sum(nil)[:8]); got != noted {
		t.Errorf("%s, not %s: give Encoder another number, and note it here", got, noted)
	}
}
