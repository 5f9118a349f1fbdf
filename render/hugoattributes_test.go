package render

import (
	"strings"
	"testing"
)

// TestHugoStrayAttributes: attributes of what a shortcode made, which is left out, are shown
// nowhere, nor are others that belong to no block, as in Hugo, where it reads them.
func TestHugoStrayAttributes(t *testing.T) {
	text := "---\ntitle: A\n---\n{.first}\n\nA\n\n{{% box %}}\nkept\n{{% /box %}}\n{.wide}\n\n{{% single %}}\n{.class}\n\n- b\n\n  {.item}\n\nC\n{.own}\n\n{.last}\n"
	for set, shown := range map[string]bool{"false": true, "true": false} {
		f := hugoFiles("[markup.goldmark.parser.attribute]\nblock = "+set, "content/a.md", text)
		f.Settings.Lenient = true
		site, _, err := run(f, nil)
		if err != nil {
			t.Fatal(describe(err))
		}
		body := site.body(t, "/a/")
		for _, line := range []string{"{.first}", "{.wide}", "{.class}", "{.item}", "{.own}", "{.last}"} {
			if strings.Contains(body, line) != shown {
				t.Errorf("with block = %s %s is shown: %v", set, line, !shown)
			}
		}
		if !strings.Contains(body, "<p>kept</p>") || strings.Contains(body, `<p class="own">C</p>`) == shown {
			t.Errorf("with block = %s the page is %s", set, body)
		}
	}
}
