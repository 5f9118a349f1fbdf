package preview

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A writer works on a folder at random.
type writer struct {
	*desk
	rand  *rand.Rand
	count int

	broken, whole string // a text with a mistake, and as it was
	photos        []string
}

// step is what happens between two saves: now and then texts alone, and a mistake.
func (w *writer) step(n int) (did []string) {
	if w.broken != "" {
		w.write(w.broken, w.whole)
		did, w.broken = append(did, "mend "+w.broken), ""
	}
	if n%3 == 0 {
		for range 1 + w.rand.IntN(2) {
			did = append(did, w.add(pick(w, w.texts()), fmt.Sprintf("\nMore %d, and %s.\n\n%s\n", w.rand.IntN(100), w.wikilink(), w.embedding())))
		}
		if w.rand.IntN(6) == 0 {
			name := pick(w, w.texts())
			text, err := os.ReadFile(filepath.Join(w.dir, name))
			if err != nil {
				w.Fatal(err)
			}
			w.broken, w.whole = name, string(text)
			did = append(did, w.add(name, "\n{{< nosuch >}}\n"))
		}
		return did
	}
	if n%6 == 1 {
		return append(did, w.retitle(pick(w, w.texts())))
	}
	if n%6 == 5 && w.rand.IntN(2) == 0 {
		return append(did, w.theme())
	}
	for range 1 + w.rand.IntN(4) {
		did = append(did, w.edit())
	}
	return did
}

// theme changes a file of the theme, the first time one that goes into texts.
func (w *writer) theme() string {
	const own = "shortcodes/foot.html"
	name := pick(w, []string{own, "footer.html", "postend.html", "card.html", "assets/custom.css", "assets/style.css"})
	if _, err := os.Stat(filepath.Join(w.dir, "theme", own)); err != nil {
		name = own
	}
	n := w.rand.IntN(9)
	switch {
	case name == own:
		w.write("theme/"+name, fmt.Sprintf("<p>%d: {{.Site.Title}} {{.Site.Footer}}</p>", n))
	case n == 0 && os.Remove(filepath.Join(w.dir, "theme", name)) == nil:
	case strings.HasSuffix(name, ".css"):
		w.write("theme/"+name, fmt.Sprintf("body { order: %d }", n))
	default:
		w.write("theme/"+name, fmt.Sprintf("<p>%d</p>", n))
	}
	return "theme/" + name
}

// add adds to a text.
func (w *writer) add(name, more string) string {
	w.change(name, func(text string) string { return text + more })
	return "add to " + name
}

// words finds what the short way may change in front matter.
var words = regexp.MustCompile(`(?m)^(title|description|summary): .*$`)

// retitle changes the words of front matter.
func (w *writer) retitle(name string) string {
	w.change(name, func(text string) string {
		return words.ReplaceAllString(text, fmt.Sprintf("$1: Title %d", w.rand.IntN(40)))
	})
	return "retitle " + name
}

// without removes a line of front matter, if it is there.
func (w *writer) without(name, key string) string {
	w.change(name, func(text string) string {
		return regexp.MustCompile(`(?m)^`+key+`: .*\n`).ReplaceAllString(text, "")
	})
	return "take " + key + " out of " + name
}

func (w *writer) change(name string, how func(string) string) {
	path := filepath.Join(w.dir, name)
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(how(string(text))), 0o644)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// texts lists the posts that there are.
func (w *writer) texts() []string {
	var names []string
	err := filepath.WalkDir(w.dir, func(path string, entry os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(w.dir, path); err == nil && strings.HasSuffix(rel, ".md") && !strings.HasPrefix(rel, "zz") {
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return names
}

func pick[T any](w *writer, list []T) T { return list[w.rand.IntN(len(list))] }

// post is a text that has to do with others.
func (w *writer) post() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: Title %d\n", w.rand.IntN(40))
	if w.rand.IntN(4) > 0 {
		fmt.Fprintf(&b, "date: 20%02d-%02d-%02d\n", 20+w.rand.IntN(5), 1+w.rand.IntN(12), 1+w.rand.IntN(28))
	}
	fmt.Fprintf(&b, "tags: [%s, %s]\n", pick(w, tags), pick(w, tags))
	for _, line := range []string{"draft: true", "series: Ice", "weight: 3", "publishdate: 2030-01-01", "expirydate: 2023-01-01",
		"categories: [Notes]", "summary: In short.", "description: In a word.", "language: de", "translationKey: t" + fmt.Sprint(w.rand.IntN(2)), "slug: s" + fmt.Sprint(w.rand.IntN(200)), fmt.Sprintf("aliases: [/old/%d/]", w.rand.IntN(50000))} {
		if w.rand.IntN(9) == 0 {
			b.WriteString(line + "\n")
		}
	}
	parts := []string{fmt.Sprintf("Text *%d* here.\n", w.rand.IntN(1000)), fmt.Sprintf("## Part %d\n", w.rand.IntN(3))}
	if texts := w.texts(); len(texts) > 0 && w.rand.IntN(3) == 0 {
		parts = append(parts, fmt.Sprintf("See [it](/%s).\n", filepath.ToSlash(pick(w, texts))))
	}
	if w.rand.IntN(3) == 0 {
		parts = append(parts, w.wikilink()+"\n")
	}
	if w.rand.IntN(3) == 0 {
		parts = append(parts, w.embedding()+"\n")
	}
	if w.rand.IntN(6) == 0 {
		parts = append(parts, "On #"+pick(w, tags)+" again. ^block\n")
	}
	if w.rand.IntN(4) == 0 {
		parts = append(parts, "![Picture](/pictures/p.svg)\n")
	}
	if w.rand.IntN(6) == 0 {
		parts = append(parts, "{{< foot >}}\n")
	}
	if w.rand.IntN(4) == 0 {
		parts = append(parts, "![Photo](/pictures/photo.jpg)\n")
	}
	w.rand.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] }) // each may be in the summary
	return b.String() + "---\n\n" + strings.Join(parts, "\n")
}

// wikilink leads to a text by its name or its title, or nowhere, or to two of them.
func (w *writer) wikilink() string {
	if w.rand.IntN(2) == 0 {
		return fmt.Sprintf("[[p%d]]", 1+w.rand.IntN(30))
	}
	return fmt.Sprintf("[[title %d|there]]", w.rand.IntN(40))
}

// embedding has another text in this one, or a part that may be there.
func (w *writer) embedding() string {
	return fmt.Sprintf("![[p%d%s]]", 1+w.rand.IntN(30), pick(w, []string{"", "", "#Part 1", "#^block"}))
}

var (
	tags    = []string{"ice", "Snow", "go", "nginx", "cold"}
	folders = []string{"", "posts", "notes", "notes/deep", "trip"}
)

func (w *writer) create() string {
	w.count++
	name := filepath.Join(pick(w, folders), fmt.Sprintf("p%d.md", w.count))
	w.write(name, w.post())
	return "create " + name
}

// edit does one thing of those that people do.
func (w *writer) edit() string {
	texts := w.texts()
	if len(texts) < 15 {
		return w.create()
	}
	name := pick(w, texts)
	path := filepath.Join(w.dir, name)
	must := func(err error) {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
	}
	switch w.rand.IntN(14) {
	case 0, 1, 2:
		w.write(name, w.post())
		return "write " + name
	case 3, 4:
		return w.add(name, fmt.Sprintf("\nMore %d.\n", w.rand.IntN(100)))
	case 5:
		w.count++
		to := filepath.Join(pick(w, folders), fmt.Sprintf("p%d.md", w.count))
		must(os.MkdirAll(filepath.Dir(filepath.Join(w.dir, to)), 0o755))
		must(os.Rename(path, filepath.Join(w.dir, to)))
		return "rename " + name + " to " + to
	case 6:
		must(os.Remove(path))
		return "delete " + name
	case 7:
		from, to := filepath.Join(w.dir, "notes"), filepath.Join(w.dir, fmt.Sprintf("moved%d", w.count))
		if _, err := os.Stat(from); err == nil && w.rand.IntN(3) == 0 {
			must(os.Rename(from, to))
			return "move notes"
		}
		return w.create()
	case 8:
		intro := filepath.Join(pick(w, folders), "_index.md")
		w.write(intro, fmt.Sprintf("---\ntitle: Intro %d\ndescription: Of all.\n---\nWelcome.\n", w.rand.IntN(9)))
		return "write " + intro
	case 9:
		photo := filepath.Join("pictures", "photo.jpg")
		switch w.rand.IntN(5) {
		case 0:
			must(os.RemoveAll(filepath.Join(w.dir, photo)))
			return "delete the photo"
		case 1, 2:
			w.write(photo, pick(w, w.photos))
			return "take the photo again"
		}
		w.write("pictures/p.svg", fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="50"></svg>`, 100+w.rand.IntN(100)))
		return "draw the picture"
	case 10:
		w.write("static/extra.css", fmt.Sprintf("body { margin: %dpx }", w.rand.IntN(9)))
		w.write("theme/footer.html", fmt.Sprintf("<footer>Foot %d</footer>", w.rand.IntN(9)))
		return "change the theme"
	case 11:
		return w.without(name, "aliases")
	case 12:
		return w.without(name, pick(w, []string{"translationKey", "language"}))
	}
	return w.create()
}
