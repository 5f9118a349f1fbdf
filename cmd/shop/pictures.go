package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// picture answers /images/<category>-<variant>.svg and /images/<category>-<width>.png.
func (s *shop) picture(w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("file")
	stem, ext, _ := strings.Cut(file, ".")
	dash := strings.LastIndexByte(stem, '-')
	number, err := strconv.Atoi(stem[dash+1:])
	isSVG := ext == "svg" && number >= 1 && number <= 4
	isPNG := ext == "png" && (number == 480 || number == 960)
	if dash < 0 || err != nil || stem[dash+1:] != strconv.Itoa(number) || !isSVG && !isPNG {
		return errNotFound
	}
	cat, err := s.catalog.category(r.Context(), stem[:dash])
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "public, max-age=86400")
	updated := time.Unix(cat.Updated, 0)
	if isSVG {
		return reply(w, r, "image/svg+xml", drawSVG(cat, number), fresh{modified: updated})
	}
	var body bytes.Buffer
	if err := png.Encode(&body, drawBanner(cat, number)); err != nil {
		return fmt.Errorf("encode %s: %w", file, err)
	}
	return reply(w, r, "image/png", body.Bytes(), fresh{modified: updated})
}

// drawSVG is the picture of a category's products in one of four colourings.
func drawSVG(cat category, variant int) []byte {
	hue := cat.Hue + []int{0, 32, 185, -58}[variant-1]
	colours := strings.NewReplacer(
		"$a", hsl(hue, .46, .47), "$b", hsl(hue, .42, .30), "$c", hsl(hue, .48, .70),
		"$d", hsl(hue+160, .50, .56), "$e", hsl(42, .55, .95), "$k", hsl(hue, .25, .18),
		"$f", hsl(40, .88, .62), "$g", hsl(132, .30, .40), "$w", hsl(30, .42, .56), "$v", hsl(26, .40, .36),
	)
	back, shape := hsl(hue+12, .36, .87), hsl(hue+12, .40, .79)
	backdrops := []string{
		`<circle cx="120" cy="84" r="72" fill="%s"/>`,
		`<path d="M46 180V92a74 74 0 0 1 148 0v88z" fill="%s"/>`,
		`<path d="M0 180V96q60-44 120-12t120-20v116z" fill="%s"/>`,
		`<circle cx="62" cy="52" r="62" fill="%[1]s"/><circle cx="196" cy="128" r="46" fill="%[1]s"/>`,
	}
	var b bytes.Buffer
	fmt.Fprint(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 180" width="240" height="180">`)
	fmt.Fprintf(&b, `<rect width="240" height="180" fill="%s"/>`, back)
	fmt.Fprintf(&b, backdrops[variant-1], shape)
	fmt.Fprintf(&b, `<ellipse cx="120" cy="152" rx="78" ry="8" fill="%s" opacity=".28"/>`, hsl(hue, .3, .25))
	fmt.Fprint(&b, colours.Replace(drawings[cat.Drawing]), "</svg>\n")
	return b.Bytes()
}

// drawBanner is a landscape of hills in the category's colour, four times as wide as high.
func drawBanner(cat category, width int) image.Image {
	height := width / 4
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	rng := rand.New(rand.NewPCG(uint64(cat.ID), 7))
	sky, light := rgb(cat.Hue+10, .42, .86), rgb(44, .75, .93)
	type layer struct {
		colour                  color.NRGBA
		base, swing, wave, from float64
	}
	var layers []layer
	for i := range 5 {
		layers = append(layers, layer{
			rgb(cat.Hue-5*i, .34+.03*float64(i), .76-.10*float64(i)),
			.42 + .12*float64(i), .05 + .05*rng.Float64(), 1.2 + 1.6*rng.Float64(), 6 * rng.Float64(),
		})
	}
	sunX, sunY, sun := (.2+.6*rng.Float64())*float64(width), .34*float64(height), .2*float64(height)
	for x := range width {
		for y := range height {
			img.SetNRGBA(x, y, mix(sky, light, sun-math.Hypot(float64(x)-sunX, float64(y)-sunY)))
		}
		for _, l := range layers {
			t := float64(x) / float64(width) * 2 * math.Pi
			top := (l.base + l.swing*math.Sin(l.from+l.wave*t) + .02*math.Sin(2*l.from+3.7*t)) * float64(height)
			for y := max(int(top), 0); y < height; y++ {
				img.SetNRGBA(x, y, mix(img.NRGBAAt(x, y), l.colour, float64(y+1)-top))
			}
		}
	}
	return img
}

// mix lays the colour over the ground with the given cover, from 0 to 1; this
// is what makes edges smooth.
func mix(ground, over color.NRGBA, cover float64) color.NRGBA {
	if cover <= 0 {
		return ground
	}
	if cover >= 1 {
		return over
	}
	part := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*cover)) }
	return color.NRGBA{part(ground.R, over.R), part(ground.G, over.G), part(ground.B, over.B), 255}
}

func hsl(hue int, saturation, lightness float64) string {
	c := rgb(hue, saturation, lightness)
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

// rgb turns hue (any degrees), saturation and lightness (0 to 1) into a colour,
// by the formula of CSS Color Module Level 4.
func rgb(hue int, saturation, lightness float64) color.NRGBA {
	channel := func(n float64) uint8 {
		k := math.Mod(n+float64((hue%360+360)%360)/30, 12)
		a := saturation * min(lightness, 1-lightness)
		return uint8(math.Round(255 * (lightness - a*max(-1, min(k-3, 9-k, 1)))))
	}
	return color.NRGBA{channel(0), channel(8), channel(4), 255}
}
