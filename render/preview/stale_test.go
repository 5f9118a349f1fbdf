package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"icecap/content"
	"icecap/render"
	"icecap/render/watch"
)

// A memory is a site made from nothing.
type memory struct {
	mu        sync.Mutex
	pages     map[string]content.Page
	redirects []content.Redirect
}

func (m *memory) Page(p content.Page) error {
	p.Body = bytes.Clone(p.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pages[p.URL()] = p
	return nil
}
func (m *memory) Redirect(r content.Redirect) error            { m.redirects = append(m.redirects, r); return nil }
func (m *memory) Keep(content.Key, *content.Stale) error       { return errors.New("nothing to keep") }
func (m *memory) Skip(content.Skip) error                      { return nil }
func (m *memory) Done(content.Key) bool                        { return false }
func (m *memory) Entry(content.Key) (e content.Entry, ok bool) { return e, false }
func (m *memory) Open(content.Key) (r io.ReadCloser, err error) {
	return nil, errors.New("nothing kept")
}

// cleanBuild makes the folder's site from nothing.
func (d *desk) cleanBuild() (*memory, error) {
	d.Helper()
	folder, err := d.open()
	if err != nil {
		return nil, err
	}
	snapshot, err := folder.Read(context.Background())
	if err != nil {
		return nil, err
	}
	blog, err := snapshot.Blog(context.Background(), content.Site{})
	if err != nil {
		return nil, err
	}
	m := &memory{pages: map[string]content.Page{}}
	return m, blog.Run(context.Background(), m, m)
}

// compare asks the preview for every page of a clean build, and for those that
// are gone. It reports whether there was a clean build.
func (d *desk) compare(step string, gone map[string]bool) bool {
	d.Helper()
	clean, err := d.cleanBuild()
	if err != nil {
		if n := noteOf(d.T, d.ask("/").Body.String()); len(n.Problems) == 0 {
			d.Fatalf("%s: a build ends with %v, which the preview does not show", step, err)
		}
		return false
	}
	for url, page := range clean.pages {
		answer := d.ask(url)
		got := added.ReplaceAll(answer.Body.Bytes(), nil)
		if answer.Code != http.StatusOK || !bytes.Equal(got, page.Body) {
			d.Fatalf("%s: %s is %d, and differs: %s", step, url, answer.Code, firstDifference(got, page.Body))
		}
		gone[url] = true
	}
	for _, r := range clean.redirects {
		if answer := d.ask(r.From.String()); answer.Code != r.Code || answer.Header().Get("Location") != r.To {
			d.Fatalf("%s: %s is %d to %q, not to %q", step, r.From, answer.Code, answer.Header().Get("Location"), r.To)
		}
		gone[r.From.String()] = true
	}
	for url := range gone {
		_, there := clean.pages[url]
		led := slices.ContainsFunc(clean.redirects, func(r content.Redirect) bool { return r.From.String() == url })
		if !there && !led {
			if answer := d.ask(url); answer.Code != http.StatusNotFound {
				d.Fatalf("%s: %s is gone, but answered with %d", step, url, answer.Code)
			}
			delete(gone, url)
		}
	}
	return true
}

func firstDifference(got, want []byte) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	around := func(text []byte) []byte { return text[max(0, min(at, len(text))-60):min(len(text), at+60)] }
	return fmt.Sprintf("it is\n%s\nwant\n%s", around(got), around(want))
}

// TestNeverStale edits, renames, deletes, dates and tags at random, through the
// real watcher, and after each step compares every page with a clean build: in a
// vault, where titles decide where links lead, and in a folder without wikilinks.
func TestNeverStale(t *testing.T) {
	for _, wikilinks := range []string{"on", "off"} {
		t.Run("wikilinks "+wikilinks, func(t *testing.T) { neverStale(t, wikilinks) })
	}
}

func neverStale(t *testing.T, wikilinks string) {
	d := newDesk(t)
	d.settings.WarnLinks = true // a deleted post would stop all builds until nobody links to it
	d.settings.Backlinks, d.settings.Wikilinks = true, wikilinks
	d.forms = &drawer{forms: map[string][]byte{}}
	writer := &writer{desk: d, rand: rand.New(rand.NewPCG(6, 2024)), photos: []string{photoFile(t, 1), photoFile(t, 2), photoFile(t, 3)}}
	writer.photos = append(writer.photos, writer.photos[0][:20000]) // cut short
	writer.theme()
	for range 25 {
		writer.create()
	}
	ctx, cancel := context.WithCancel(context.Background())
	batches := make(chan watch.Batch)
	done := make(chan error)
	go func() { done <- (&watch.Watcher{Dir: d.dir}).Run(ctx, batches) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	<-batches
	d.update()
	gone := map[string]bool{}
	steps := 150
	if testing.Short() { // under the race detector
		steps = 40
	}
	compared, short, retitled, rethemed := 0, 0, 0, 0
	for step := range steps {
		before := d.server.blog
		did := writer.step(step)
		// Events come in order: with this one, all before it have come. It is one
		// event, because the file is renamed to its place.
		last := "zz.md"
		if strings.HasPrefix(did[0], "theme") {
			last = "theme/zz.html"
		}
		d.write(last+".tmp", fmt.Sprintf("# Last\n\nStep %d.\n", step))
		if err := os.Rename(filepath.Join(d.dir, last+".tmp"), filepath.Join(d.dir, last)); err != nil {
			t.Fatal(err)
		}
		for seen := false; !seen; {
			b := <-batches
			if _, err := d.server.Update(ctx, noon, render.Changes{Names: b.Names, All: b.All}); err != nil {
				t.Fatal(err)
			}
			seen = b.All || slices.Contains(b.Names, last)
		}
		d.check()
		if d.compare(fmt.Sprintf("step %d (%s)", step, strings.Join(did, "; ")), gone) {
			compared++
		}
		if d.server.blog == before {
			short++
			if slices.ContainsFunc(did, func(what string) bool { return strings.HasPrefix(what, "retitle") }) {
				retitled++
			}
			if strings.HasPrefix(did[0], "theme") {
				rethemed++
			}
		}
	}
	if compared < steps/2 || short < steps/10 || wikilinks == "off" && retitled < steps/20 || rethemed < steps/20 {
		t.Errorf("of %d states, %d could be built, and %d went the short way, of which %d had another title, and %d another theme", steps, compared, short, retitled, rethemed)
	}
}

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
