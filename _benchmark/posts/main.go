// Command posts writes the texts of a blog: always the same for the same number.
//
//	go run -C _benchmark ./posts DIR 10000
//
// Each post has about 3 KB: YAML front matter with 3 of 60 tags, four headings,
// paragraphs with emphasis, links and inline code, a list, a table, and in every
// second post two blocks of code in one of four languages. No two are alike. They
// lie in folders by year, 1000 a year, as they would after a while.
//
// A third number is of photos of 500 x 300 points and 40 KB, which the posts show in
// turns.
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return fmt.Errorf("usage: posts DIR NUMBER [PHOTOS]")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	photos := 0
	if len(args) == 3 {
		if photos, err = strconv.Atoi(args[2]); err != nil {
			return err
		}
		if err := writePhotos(filepath.Join(args[0], "photos"), photos); err != nil {
			return err
		}
	}
	for i := range n {
		name := filepath.Join(args[0], "posts", fmt.Sprintf("y%03d", i/1000), fmt.Sprintf("post-%06d.md", i))
		if i%1000 == 0 {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
		}
		text := post(i)
		if photos > 0 {
			text += fmt.Sprintf("\n![Photo](/photos/%04d.jpg)\n", i%photos)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(args[0], "about.md"), []byte("---\ntitle: About\n---\n\nThis blog is made up.\n"), 0o644)
}

// writePhotos draws photos with as much grain as a camera's.
func writePhotos(dir string, n int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i := range n {
		m := image.NewNRGBA(image.Rect(0, 0, 500, 300))
		dice := rand.New(rand.NewPCG(uint64(i), 2026))
		for at := 0; at < len(m.Pix); at += 4 {
			x, y := at/4%500, at/2000
			grain := dice.IntN(16)
			copy(m.Pix[at:], []byte{byte(x/3 + grain), byte(y/2 + i%50 + grain), byte(90 + grain), 255})
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 92}); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.jpg", i)), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const tags = 60

var words = strings.Fields(`ice frost winter glacier river harbour lantern quiet morning paper engine signal window
	garden copper letter mountain orchard bridge market silver thread wooden kettle compass season shadow timber meadow
	canyon station ribbon feather anchor valley marble sailor cotton ember willow hollow crystal summit delta prairie
	walks turns keeps finds brings holds opens leaves carries follows answers measures gathers remembers crosses
	slowly always never often hardly again perhaps soon early late under over beside between toward across without`)

// A writer makes up text.
type writer struct {
	*rand.Rand
	b strings.Builder
	n int // of the post
}

func post(i int) string {
	w := &writer{Rand: rand.New(rand.NewPCG(uint64(i), 2026)), n: i}
	w.frontMatter()
	w.paragraph(45)
	for section := range 4 {
		fmt.Fprintf(&w.b, "## %s %d\n\n", strings.Title(w.text(3)), section+1) //nolint:staticcheck // ASCII only
		w.paragraph(38)
		switch {
		case section == 0:
			w.list()
		case section == 1:
			w.table()
		case w.n%2 == 0:
			w.code()
		default:
			w.paragraph(35)
		}
	}
	return w.b.String()
}

func (w *writer) frontMatter() {
	date := time.Date(2000+w.n%24, time.Month(1+w.n/24%12), 1+w.n/288%28, w.n/8064%24, w.n%60, 0, 0, time.UTC)
	chosen := w.Perm(tags)[:3]
	fmt.Fprintf(&w.b, "---\ntitle: \"%s %d\"\ndate: %s\ndescription: \"%s.\"\ntags: [tag-%02d, tag-%02d, tag-%02d]\n---\n\n",
		strings.Title(w.text(4)), w.n, date.Format(time.RFC3339), w.text(10), chosen[0], chosen[1], chosen[2]) //nolint:staticcheck // ASCII only
}

func (w *writer) word() string { return words[w.IntN(len(words))] }

func (w *writer) text(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = w.word()
	}
	return strings.Join(list, " ")
}

func (w *writer) paragraph(n int) {
	for i := range n {
		word := w.word()
		switch w.IntN(25) {
		case 0:
			word = "*" + word + "*"
		case 1:
			word = "**" + word + "**"
		case 2:
			word = "`" + word + "`"
		case 3:
			word = fmt.Sprintf("[%s](https://example.com/%s/%d)", word, w.word(), w.n)
		case 4:
			word += ","
		case 5:
			word = "\"" + word + "\""
		}
		if i > 0 {
			if i%14 == 0 {
				w.b.WriteByte('\n')
			} else {
				w.b.WriteByte(' ')
			}
		}
		w.b.WriteString(word)
	}
	w.b.WriteString(".\n\n")
}

func (w *writer) list() {
	for range 5 {
		fmt.Fprintf(&w.b, "- %s *%s* %s\n", w.text(4), w.word(), w.text(2))
	}
	w.b.WriteByte('\n')
}

func (w *writer) table() {
	w.b.WriteString("| Name | Value | Note |\n|---|---:|---|\n")
	for range 4 {
		fmt.Fprintf(&w.b, "| %s | %d | %s |\n", w.word(), w.IntN(10000), w.text(3))
	}
	w.b.WriteByte('\n')
}

func (w *writer) code() {
	a, b, c, n := w.word(), w.word(), w.word(), w.IntN(1000)
	switch w.n / 2 % 4 {
	case 0:
		fmt.Fprintf(&w.b, "```go\nfunc %s(%s int, names []string) (string, error) {\n\tif %s > %d {\n\t\treturn \"\", fmt.Errorf(\"%s: %%d\", %s)\n\t}\n\tfor i, name := range names {\n\t\tif i == %s {\n\t\t\treturn name, nil // %s\n\t\t}\n\t}\n\treturn \"%s\", nil\n}\n```\n\n", a, b, b, n, c, b, b, c, a)
	case 1:
		fmt.Fprintf(&w.b, "```python\ndef %s(%s, limit=%d):\n    \"\"\"%s\"\"\"\n    result = []\n    for item in %s:\n        if item > limit:\n            continue\n        result.append({\"%s\": item, \"n\": len(result)})\n    return sorted(result, key=lambda r: r[\"n\"])\n```\n\n", a, b, n, w.text(5), b, c)
	case 2:
		fmt.Fprintf(&w.b, "```js\nexport async function %s(%s) {\n  const response = await fetch(`/api/${%s}?limit=%d`);\n  if (!response.ok) {\n    throw new Error(\"%s \" + response.status);\n  }\n  const { items } = await response.json();\n  return items.map((item) => item.%s).filter(Boolean);\n}\n```\n\n", a, b, b, n, c, c)
	default:
		fmt.Fprintf(&w.b, "```sh\n#!/bin/sh\nset -eu\n%s=${1:-%d}\nfor file in *.%s; do\n  if [ -s \"$file\" ]; then\n    wc -l \"$file\" | awk '{print $1}' >> \"%s.txt\"\n  fi\ndone\necho \"%s: $%s\"\n```\n\n", a, n, b, c, c, a)
	}
}
