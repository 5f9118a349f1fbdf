package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"os"
	"slices"
	"strings"
	"testing"
)

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
	film := asWebP(t, still(60, 40))
	copy(film[26:], "\x80\x3e\x80\x3e") // 16000 x 16000
	hidden := tellingWebP(film, 60, 40)
	scans := asJPEG(t, still(60, 40), 90)
	scan := bytes.Index(scans, []byte{0xff, markScan})
	scans = slices.Concat(scans[:scan], bytes.Repeat(scans[scan:len(scans)-2], 1000), []byte{0xff, markEnd})
	for name, data := range map[string][]byte{"PNG": large, "JPEG": photo, "WebP": film, "hidden WebP": hidden, "scans": scans} {
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
	if data, err := os.ReadFile("testdata/turned.avif"); err != nil {
		f.Fatal(err)
	} else {
		f.Add(data)
	}
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
		if got := p.at(facts.Width).size; got != (image.Point{facts.Width, facts.Height}) {
			t.Fatalf("it is %v, and was said to be %+v", got, facts)
		}
	})
}
