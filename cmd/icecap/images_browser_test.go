package main

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"icecap/render/browsertest"
)

// TestImagesInChromium: a browser takes the form that its screen needs, keeps it for
// good, and shows photos of all eight orientations as it shows the originals.
func TestImagesInChromium(t *testing.T) {
	browser, err := browsertest.Program()
	if err != nil {
		t.Skip("needs chromium: install the package chromium")
	}
	dir := t.TempDir()
	writeServerFile(t, dir, "index.md", "# Home\n\n![A dune](dune.jpg)\n")
	writeServerFile(t, dir, "dune.jpg", string(takePhoto(1800, 700, 1)))
	text := "# Turned\n\n"
	for turn := 1; turn <= 8; turn++ {
		name := fmt.Sprintf("turned%d.jpg", turn)
		writeServerFile(t, dir, name, string(withPlace(quarters(turn), turn)))
		text += fmt.Sprintf("![](%s)\n", name)
	}
	writeServerFile(t, dir, "turned.md", text)
	gate := buildGate(t, dir, "responsive")
	asked := func(flags ...string) string {
		t.Helper()
		v := look(t, browser, "http://localhost/", gate, flags...)
		at := slices.IndexFunc(v.asked, func(r browserRequest) bool { return strings.Contains(r.url, "dune") })
		if at < 0 {
			t.Fatal("the browser asked for no picture")
		}
		r := v.asked[at]
		if !strings.HasSuffix(r.status, " 200 OK") || !slices.Contains(r.header, "cache-control: public, max-age=31536000, immutable") || !slices.Contains(r.header, "content-type: image/webp") {
			t.Errorf("%s is answered with %s %q", r.url, r.status, r.header)
		}
		return regexp.MustCompile(`\.h\w{11}\.webp$`).ReplaceAllString(path.Base(r.url), "")
	}
	// The page's column is 656 points wide at the most.
	for want, flags := range map[string][]string{
		"dune-480w":  {"--window-size=500,900", "--force-device-scale-factor=0.8"},
		"dune-800w":  {"--window-size=1200,900"},
		"dune-1312w": {"--window-size=1200,900", "--force-device-scale-factor=2"},
		"dune-1800w": {"--window-size=1200,900", "--force-device-scale-factor=3"},
	} {
		if got := asked(flags...); got != want {
			t.Errorf("with %q the browser takes %s, not %s", flags, got, want)
		}
	}
	shown := look(t, browser, "http://localhost/turned/", gate)
	if n := len(slices.DeleteFunc(shown.asked, func(r browserRequest) bool { return !strings.HasSuffix(r.url, ".webp") })); n != 8 {
		t.Errorf("the browser asked for %d forms", n)
	}
	originals := look(t, browser, "http://localhost/turned/", buildGate(t, dir, "original"))
	if d := unlike(shown.picture, originals.picture); d > 1 { // one photo that is not turned is 1.4
		t.Errorf("the page looks unlike the one with the originals, by %.2f of 255", d)
	}
}

// buildGate publishes a folder and returns the address of an NGINX that serves it.
func buildGate(t *testing.T, dir, images string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	config := writeServerFile(t, t.TempDir(), "icecap.toml", "[build]\nimages = \""+images+"\"\n")
	if _, stderr, code := icecap(t, "-c", config, "build", dir, "--out", out); code != 0 {
		t.Fatalf("icecap build: exit code %d\n%s", code, stderr)
	}
	return strings.TrimPrefix(startGate(t, "--out", out, "--pass", "none").URL(), "http://")
}

// quarters is a picture of four colours as a camera stores it that was turned.
func quarters(turn int) image.Image {
	shown := image.Pt(300, 200)
	m := image.NewNRGBA(image.Rectangle{Max: shown})
	if turn > 4 {
		m = image.NewNRGBA(image.Rect(0, 0, shown.Y, shown.X))
	}
	dice := rand.New(rand.NewPCG(uint64(turn), 1))
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for y := range h {
		for x := range w {
			at := map[int]image.Point{1: {x, y}, 2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x}}[turn]
			m.SetNRGBA(x, y, color.NRGBA{byte(200 * (at.X * 2 / shown.X)), byte(200 * (at.Y * 2 / shown.Y)), byte(90 + dice.IntN(80)), 255})
		}
	}
	return m
}

// unlike is the mean difference of two pictures' channels.
func unlike(a, b image.Image) float64 {
	if a.Bounds() != b.Bounds() {
		return 255
	}
	sum := 0.0
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			p, q := color.NRGBAModel.Convert(a.At(x, y)).(color.NRGBA), color.NRGBAModel.Convert(b.At(x, y)).(color.NRGBA)
			for _, pair := range [3][2]byte{{p.R, q.R}, {p.G, q.G}, {p.B, q.B}} {
				sum += max(float64(pair[0])-float64(pair[1]), float64(pair[1])-float64(pair[0]))
			}
		}
	}
	return sum / float64(3*a.Bounds().Dx()*a.Bounds().Dy())
}
