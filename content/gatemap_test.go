package content

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func gateEntry(url, query, media string) Entry {
	p, err := ParsePath(url)
	if err != nil {
		panic(err)
	}
	return Entry{Key: Key{p, query}, MediaType: media}
}

func gateRedirect(from, to string, code int) Redirect {
	return Redirect{From: gateEntry(from, "", "").Path, To: to, Code: code}
}

func TestGateMap(t *testing.T) {
	long := strings.Repeat("x", 60)
	m, left := NewGateMap([]Entry{
		gateEntry("/about", "", "text/html"),
		gateEntry("/list", "page=2", "text/html"), // found by its name
		gateEntry("/load.php", "modules=a&only=styles", "text/css"),
		gateEntry("/load.php", "modules=A&only=styles", "text/css"),
		gateEntry("/load.php", "modules=a%7Cb."+long, "text/javascript"),
		gateEntry("/a b.png", "w=3", "image/png"),
		gateEntry("/caf\u00e9.png", "w=3", "image/png"),
		gateEntry("/a$b.png", "w=3", "image/png"),
	}, []Redirect{
		gateRedirect("/old", "/new?x=1", 301),
		gateRedirect("/OLD", "/other", 301),
		gateRedirect("/x", "/y;z", 302),
		gateRedirect("/x2", "/$uri", 302),
		gateRedirect("/a", "https://other.example.com/#b", 308),
		gateRedirect("/c%23/", "/c%23/new/", 301),
	})
	const want = `"/café.png?w=3" png;
"~^/load\.php\?modules=a%7Cb\.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx$" js;
"/load.php?modules=a&only=styles" css;
">/a" "308 /a";
"=/a" "https://other.example.com/#b";
">/c#/" "301 /c#/";
"=/c#/" "/c%23/new/";
">/old" "301 /old";
"=/old" "/new?x=1";
`
	if m.String() != want {
		t.Errorf("gate map:\n%s\nwant:\n%s", m.String(), want)
	}
	wantLeft := []string{"/load.php?modules=A&only=styles", "/a%20b.png?w=3", "/a$b.png?w=3", "/OLD", "/x", "/x2"}
	if !slices.Equal(left, wantLeft) {
		t.Errorf("left out: %q, want %q", left, wantLeft)
	}
	if again, err := ParseGateMap(m.String()); err != nil || again.String() != want || again.Len() != 6 {
		t.Errorf("it reads back as %v, %v", again, err)
	}
}

func TestGateMapIsBounded(t *testing.T) {
	var entries []Entry
	for i := range maxGateAssets + maxExpressions {
		entries = append(entries, gateEntry("/a.css", fmt.Sprintf("x=%d", i), "text/css"), gateEntry("/long.css", fmt.Sprintf("x=%d%s", i, strings.Repeat("x", 60)), "text/css"))
	}
	m, left := NewGateMap(entries, nil)
	if len(m.Assets) != maxGateAssets || len(left) != len(entries)-maxGateAssets || strings.Count(m.String(), "~^") != maxExpressions {
		t.Errorf("%d assets, %d left out, %d expressions", len(m.Assets), len(left), strings.Count(m.String(), "~^"))
	}
}

// hostile lines are what a gate map must never bring into NGINX's configuration.
var hostile = []string{
	"include /etc/passwd;\n",
	"default css;\n",
	"\"include\" \"/etc/passwd\";\n",
	"\"/a\" css; } server { listen 1; \n",
	"\"/a?b\" $args;\n",
	"\"/a?b\" \"$args\";\n",
	"\"/a?b\" css;\n\"/A?B\" css;\n",
	"\"/a?b\" css",
	"\"/a?b\" css;",
	"\"/a?b\" html;\n",
	"\"/a?b\" ../../x;\n",
	"\"/../a?b\" css;\n",
	"\"/a.css\" css;\n",
	"\"~^/a\\?(b|c)*$\" css;\n",
	"\"~^.*$\" css;\n",
	"\"/a?b\\\" css;\n",
	"\"/a?b\" css; # comment\n",
	"\">/a\" \"301 /a\";\n",
	"\">/a\" \"301 /b\";\n\"=/a\" \"/c\";\n",
	"\">/a\" \"200 /a\";\n\"=/a\" \"/c\";\n",
	"\"=/a\" \"/c\";\n",
	"\">/a\" \"301 /a\";\n\"=/a\" \"/c\r\nSet-Cookie: x\";\n",
	"volatile;\n",
	"hostnames;\n",
	"\"/b?x\" css;\n\"/a?x\" css;\n",
}

func TestHostileGateMap(t *testing.T) {
	for _, text := range hostile {
		if m, err := ParseGateMap(text); err == nil {
			t.Errorf("%q is read as %+v", text, m)
		}
	}
	if m, err := ParseGateMap(""); err != nil || m.Len() != 0 {
		t.Errorf("an empty gate map: %v, %v", m, err)
	}
}

// FuzzGateMap holds whatever is accepted to the alphabet, and to the words that
// NGINX would take for its own.
func FuzzGateMap(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Add("\"/load.php?modules=a&only=styles\" css;\n\">/a\" \"308 /a\";\n\"=/a\" \"https://other.example.com/#b\";\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseGateMap(text)
		if err != nil {
			return
		}
		if m.String() != text {
			t.Fatalf("%q is written as %q", text, m.String())
		}
		for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			if line != "" && !gateLine.MatchString(line) || strings.Contains(strings.ReplaceAll(line, `$" `, ""), "$") || strings.ContainsAny(line, "{}'`\r") {
				t.Fatalf("the line %q", line)
			}
		}
	})
}

// FuzzNewGateMap makes gate maps of any URL and reads them back.
func FuzzNewGateMap(f *testing.F) {
	f.Add("/load.php", "modules=a", "/old", "/new", 301)
	f.Add("/a b", "x", "/A", "https://x/$y", 302)
	f.Fuzz(func(t *testing.T, url, query, from, to string, code int) {
		p, err := ParsePath(url)
		r, err2 := ParsePath(from)
		if err != nil || err2 != nil {
			return
		}
		if _, err := p.File(query, "text/css"); err != nil {
			return
		}
		m, _ := NewGateMap([]Entry{{Key: Key{p, query}, MediaType: "text/css"}}, []Redirect{{From: r, To: to, Code: 301}})
		if again, err := ParseGateMap(m.String()); err != nil || again.Len() != m.Len() {
			t.Fatalf("%q reads back as %v, %v", m.String(), again, err)
		}
	})
}
