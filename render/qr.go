package render

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"

	"rsc.io/qr"
)

// qrLevels are how much of a code may be damaged, by Hugo's names.
var qrLevels = map[string]qr.Level{"low": qr.L, "medium": qr.M, "quartile": qr.Q, "high": qr.H}

// qrQuiet is the empty margin that a reader needs, in modules (ISO/IEC 18004, 6.3.8).
const qrQuiet = 4

// qrShortcode draws a text as a QR code: qr text="…" level="medium" scale=4 alt="…".
// It is a drawing within the page, so that there is no file.
func qrShortcode(tag shortTag, inner string) (template.HTML, error) {
	text := tag.named["text"]
	if text == "" {
		text = strings.TrimSpace(inner)
	}
	if text == "" {
		return "", fmt.Errorf("qr needs a text")
	}
	level, ok := qrLevels[cmp.Or(tag.named["level"], "medium")]
	if !ok {
		return "", fmt.Errorf("qr: the level %q is none of low, medium, quartile and high", tag.named["level"])
	}
	scale, err := strconv.Atoi(cmp.Or(tag.named["scale"], "4"))
	if err != nil || scale < 2 || scale > 100 {
		return "", fmt.Errorf("qr: the scale %q is no whole number from 2 to 100", tag.named["scale"])
	}
	code, err := qr.Encode(text, level)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	var b strings.Builder
	size := code.Size + 2*qrQuiet
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" shape-rendering="crispEdges"`, size*scale, size*scale, size, size)
	for _, name := range []string{"class", "id"} {
		if value := tag.named[name]; value != "" {
			fmt.Fprintf(&b, ` %s="%s"`, name, html.EscapeString(value))
		}
	}
	fmt.Fprintf(&b, ` role="img" aria-label="%s"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, html.EscapeString(cmp.Or(tag.named["alt"], cmp.Or(tag.named["title"], "QR code"))), size, size)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			start := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > start {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", start+qrQuiet, y+qrQuiet, x-start, x-start)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil
}
