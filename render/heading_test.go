package render

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var headings = regexp.MustCompile(`(?s)<h1[^>]*>(.*?)(?: <a class="anchor".*?)?</h1>`)

// TestTitleOfHeading: a text without a title has that of its first heading, as a reader
// sees it, and the page shows it once.
func TestTitleOfHeading(t *testing.T) {
	for _, c := range []struct {
		name, text string
		shown      []string // headings of the page; the first is its title
	}{
		{"marks", "# An *important* [link](/) \\* `code_x` <br> $a$ <b>x</b> ![y](y.png)", []string{"An important link * code_x $a$ x y"}},
		{"a name that ends in #", "# C#", []string{"C#"}},
		{"an end", "# A title ##", []string{"A title"}},
		{"a tab", "#\tA", []string{"A"}},
		{"signs", "# A &amp; B", []string{"A &amp; B"}},
		{"typography", "# :smile: it's", []string{"😄 it’s"}},
		{"typography of one only", "---\ntitle: \"It's -- so\"\n---\n# It's -- so", []string{"It&#39;s -- so"}},
		{"two lines", "Two\nlines\n===", []string{"Two lines"}},
		{"a line below a list", "- item\n---\n\n# After", []string{"After", "After"}},
		{"a block of code", "```\n# no\n---\n```\n# B", []string{"B", "B"}},
		{"a longer fence", "````\n```\n# no\n````\n# B", []string{"B", "B"}},
		{"a fence with a word", "```\n``` go\n# no\n```\n# B", []string{"B", "B"}},
		{"another fence", "~~~\n```\n# no\n~~~\n# B", []string{"B", "B"}},
		{"code between three signs", "```x```\n# B", []string{"B", "B"}},
		{"a fence without an end", "```\n# no", []string{"The file"}},
		{"indented code", "    # no\n    ---\n\n# B", []string{"B", "B"}},
		{"the second level", "## A\n\n# B", []string{"A", "B"}},
		{"attributes", "# A {#x .y}", []string{"A"}},
		{"a shortcode", "# {{< qr >}}x{{< /qr >}}", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := build(t, files("the-file.md", c.text+"\n\ntext\n", "y.png", "x")).body(t, "/the-file/")
			var shown []string
			for _, h := range headings.FindAllStringSubmatch(page, -1) {
				shown = append(shown, strings.TrimSpace(h[1]))
			}
			if c.shown == nil {
				if !strings.Contains(page, "<title>The file ") {
					t.Errorf("a template's text is the title: %s", page)
				}
			} else if !slices.Equal(shown, c.shown) || !strings.Contains(page, "<title>"+c.shown[0]+" ") {
				t.Errorf("the page shows %q, want %q", shown, c.shown)
			}
		})
	}
	page := build(t, vault("x.md", "# On [[Ice|thin ice]] %%not this%% ==now==\n")).body(t, "/x/")
	if !strings.Contains(page, "<title>On thin ice now ") {
		t.Errorf("the title is raw: %.300s", page)
	}
}

// TestHeadingInContents: the table of contents shows headings as they are read.
func TestHeadingInContents(t *testing.T) {
	page := build(t, files("a.md", "# A\n\n## 2 \\* 3 &lt; 7 :snowflake:\n\n## B\n\n## C\n")).body(t, "/a/")
	if want := `<a href="#2--3-lt-7">2 * 3 &lt; 7 ❄️</a>`; !strings.Contains(page, want) {
		t.Errorf("%s is not in %s", want, page)
	}
}

// TestFoundHashtags: those in code are none, and what only looks like the beginning of
// a block of code hides none.
func TestFoundHashtags(t *testing.T) {
	for text, want := range map[string][]string{
		"#a b#c `#d` #12 \\#e":                {"a"},
		"```\n#a\n```\n#b":                    {"b"},
		"> ````\n> ```\n> #a\n> ````\n> #b":   {"b"},
		"```x``` y\n#a":                       {"a"},
		"~~~ `x`\n#a\n~~~~\n#b/c":             {"b/c"},
		"\t#a\n\t- #b":                        {"b"},
		"%%#a\n#b%% #c <!-- #d --> #e":        {"c", "e"},
		"# A heading\n## Another\nC# F#-a #1": nil,
		"a\r\n#b\r\n":                         {"b"},
	} {
		if got := findHashtags([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
		if got := mayHaveHashtag([]byte(text)); !got && len(want) > 0 {
			t.Errorf("%q is taken for a text without a hashtag", text)
		}
	}
	// Only what a quick look cannot tell apart is looked at closely.
	for _, text := range []string{"", "#", "# A", "## A\n\n### B", "a#b", "[a](#b)", "issue #12, C#", "&#39;", "x/#a"} {
		if mayHaveHashtag([]byte(text)) {
			t.Errorf("%q is looked at closely", text)
		}
	}
}
