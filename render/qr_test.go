package render

import (
	"regexp"
	"strings"
	"testing"
)

// TestShippedShortcodes: what Hugo ships is shipped here, also by its old names.
func TestShippedShortcodes(t *testing.T) {
	for text, want := range map[string]string{
		`{{< qr text="https://example.org" alt="To <us>" scale=3 />}}`: `<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99" viewBox="0 0 33 33" shape-rendering="crispEdges" role="img" aria-label="To &lt;us&gt;">`,
		"{{< qr level=high >}}\nhttps://example.org\n{{< /qr >}}":      `viewBox="0 0 37 37"`,
		`{{< tweet 12345 >}}`:                         `href="https://x.com/i/status/12345">Post on X<`,
		`{{< x user="jo" id="1" >}}`:                  `href="https://x.com/jo/status/1">Post of @jo on X<`,
		`{{< instagram_simple CxOWiQNP2MO >}}`:        `CxOWiQNP2MO`,
		`{{< vimeo 146022717 >}}`:                     `player.vimeo.com/video/146022717`,
		`{{< gist jo 4444 >}}`:                        `gist.github.com/jo/4444`,
		"a{{< comment >}}\nsecret\n{{< /comment >}}b": `<p>ab</p>`,
	} {
		site := build(t, files("a.md", "---\ntitle: A\n---\n"+text+"\n"))
		if body := site.body(t, "/a/"); !strings.Contains(body, want) {
			t.Errorf("%s is %s, without %s", text, regexp.MustCompile(`(?s)<main.*</main>`).FindString(body), want)
		}
	}
}

// TestShortcodeMistakes: an argument that a shortcode cannot use ends the build.
func TestShortcodeMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`{{< qr />}}`:                                          "qr needs a text",
		`{{< qr text=a level=best />}}`:                        `the level "best"`,
		`{{< qr text=a scale=1 />}}`:                           `the scale "1"`,
		`{{< qr text=a scale=9999 />}}`:                        `the scale "9999"`,
		`{{< qr text="` + strings.Repeat("x", 5000) + `" />}}`: "text too long",
	} {
		_, _, err := run(&Folder{FS: files("a.md", "---\ntitle: A\n---\n"+text+"\n")}, nil)
		if err == nil || !strings.Contains(describe(err), want) {
			t.Errorf("%.40s gives %v, not %q", text, err, want)
		}
	}
}
