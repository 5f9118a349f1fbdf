package preview

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"icecap/content"
	"icecap/render"
	"icecap/render/watch"
)

// noon is the clock of the tests.
var noon = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// A desk is a folder that is written to, and its preview.
type desk struct {
	*testing.T
	dir      string
	server   *Server
	settings render.Settings
}

func newDesk(t *testing.T) *desk {
	d := &desk{T: t, dir: t.TempDir(), settings: render.Settings{PageSize: 4, Drafts: true}}
	d.server = &Server{Open: d.open}
	return d
}

func (d *desk) open() (*render.Folder, error) {
	return &render.Folder{FS: os.DirFS(d.dir), Settings: d.settings, Now: noon}, nil
}

func (d *desk) write(name, text string) {
	d.Helper()
	path := filepath.Join(d.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		d.Fatal(err)
	}
}

// update takes up files that were written; all of them if none is named.
func (d *desk) update(names ...string) Report {
	d.Helper()
	report, err := d.server.Update(d.Context(), noon, render.Changes{Names: names, All: len(names) == 0})
	if err != nil {
		d.Fatal(err)
	}
	return report
}

func (d *desk) check() render.Problems {
	d.Helper()
	problems, err := d.server.Check(d.Context())
	if err != nil {
		d.Fatal(err)
	}
	return problems
}

// ask asks for a page as a browser does.
func (d *desk) ask(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
	return w
}

// added is what the preview puts into a page.
var added = regexp.MustCompile(`<script type="application/json" id="icecap-preview">([^<]*)</script><script src="/-/preview.js"></script>`)

// noteOf is what a page tells the script.
func noteOf(t *testing.T, body string) (n note) {
	t.Helper()
	m := added.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("the script is not in the page:\n%s", body)
	}
	if err := json.Unmarshal([]byte(m[1]), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A mistake leaves the page as it was, and is shown above it until it is mended.
func TestMistake(t *testing.T) {
	d := newDesk(t)
	d.write("a.md", "# A\n\nGood text.\n")
	d.update()
	d.check()
	for name, text := range map[string]string{
		"front matter":  "---\ntitle: [\n---\nBad text.\n",
		"shortcode":     "# A\n\n{{< nosuch >}}\n",
		"link":          "# A\n\n[there](nowhere.md)\n",
		"two zero bits": "# A\n\n\x00\n",
	} {
		t.Run(name, func(t *testing.T) {
			d.write("a.md", text)
			report := d.update("a.md")
			problems := slices.Concat(report.Problems, d.check())
			if len(problems) == 0 || problems[0].File != "a.md" || problems[0].Line == 0 {
				t.Fatalf("problems are %v", problems)
			}
			page := d.ask("/a/")
			n := noteOf(t, page.Body.String())
			if len(n.Problems) != 1 || n.Problems[0].File != "a.md" || n.Problems[0].Line != problems[0].Line || n.Problems[0].What == "" {
				t.Errorf("the panel shows %+v", n.Problems)
			}
			if name != "link" && (page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "Good text.")) {
				t.Errorf("the page before does not stay: %d %s", page.Code, page.Body)
			}
			d.write("a.md", "# A\n\nGood text.\n")
			d.update("a.md")
			d.check()
			if n := noteOf(t, d.ask("/a/").Body.String()); len(n.Problems) != 0 {
				t.Errorf("the panel still shows %v", n.Problems)
			}
		})
	}
}

// What nobody can have written is not read.
func TestHugeText(t *testing.T) {
	d := newDesk(t)
	d.write("a.md", "# A\n\nGood text.\n")
	d.update()
	d.check()
	if err := os.Truncate(filepath.Join(d.dir, "a.md"), 1<<30); err != nil {
		t.Fatal(err)
	}
	if r := d.update("a.md"); len(r.Problems) != 1 || !strings.Contains(r.Problems[0].What, "MiB") {
		t.Errorf("problems are %v", r.Problems)
	}
	if page := d.ask("/a/"); page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "Good text.") {
		t.Errorf("the page before does not stay: %d", page.Code)
	}
}

// A folder that begins with a mistake is shown as soon as that is mended.
func TestMistakeAtFirst(t *testing.T) {
	d := newDesk(t)
	d.write("a.md", "---\ntitle: [\n---\n")
	d.write("theme/post.html", "{{.Nonsense}}")
	d.update()
	page := d.ask("/")
	if n := noteOf(t, page.Body.String()); page.Code != http.StatusInternalServerError || len(n.Problems) == 0 {
		t.Errorf("%d %s", page.Code, page.Body)
	}
	d.write("a.md", "# A\n")
	if err := os.RemoveAll(filepath.Join(d.dir, "theme")); err != nil {
		t.Fatal(err)
	}
	d.update("a.md", "theme")
	if page := d.ask("/a/"); page.Code != http.StatusOK {
		t.Errorf("%d %s", page.Code, page.Body)
	}
}

func TestBadges(t *testing.T) {
	d := newDesk(t)
	d.write("a.md", "---\ndraft: true\n---\n# A\n")
	d.update()
	if n := noteOf(t, d.ask("/a/").Body.String()); n.Badge != "draft" || n.File != "a.md" {
		t.Errorf("%+v", n)
	}
}

// A page of a stranger that DNS leads here must not read drafts.
func TestHosts(t *testing.T) {
	d := newDesk(t)
	d.server.Hosts = []string{"notes.example"}
	d.write("a.md", "# A\n")
	d.update()
	for host, want := range map[string]int{
		"localhost:4321": 200, "127.0.0.1:4321": 200, "[::1]:4321": 200, "notes.example": 200, "x.localhost": 200,
		"evil.example": 403, "localhost.evil.example:4321": 403, "127.0.0.1.evil.example": 403, "": 403,
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/a/", nil)
		r.Host = host
		d.server.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q is answered with %d, not %d", host, w.Code, want)
		}
	}
}

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
// real watcher, and after each step compares every page with a clean build.
func TestNeverStale(t *testing.T) {
	d := newDesk(t)
	d.settings.WarnLinks = true // a deleted post would stop all builds until nobody links to it
	writer := &writer{desk: d, rand: rand.New(rand.NewPCG(6, 2024))}
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
	compared, short := 0, 0
	for step := range steps {
		before := d.server.blog
		did := writer.step(step)
		// Events come in order: with this one, all before it have come. It is one
		// event, because the file is renamed to its place.
		const last = "zz.md"
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
		}
	}
	if compared < steps/2 || short < steps/10 {
		t.Errorf("of %d states, %d could be built, and %d went the short way", steps, compared, short)
	}
}

// A writer works on a folder at random.
type writer struct {
	*desk
	rand  *rand.Rand
	count int

	broken, whole string // a text with a mistake, and as it was
}

// step is what happens between two saves: now and then texts alone, and a mistake.
func (w *writer) step(n int) (did []string) {
	if w.broken != "" {
		w.write(w.broken, w.whole)
		did, w.broken = append(did, "mend "+w.broken), ""
	}
	if n%3 == 0 {
		for range 1 + w.rand.IntN(3) {
			did = append(did, w.add(pick(w, w.texts()), fmt.Sprintf("\nMore %d.\n", w.rand.IntN(100))))
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
	for range 1 + w.rand.IntN(4) {
		did = append(did, w.edit())
	}
	return did
}

// add adds to a text.
func (w *writer) add(name, more string) string {
	path := filepath.Join(w.dir, name)
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(text, more...), 0o644)
	}
	if err != nil {
		w.Fatal(err)
	}
	return "add to " + name
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
		"categories: [Notes]", "summary: In short.", "slug: s" + fmt.Sprint(w.rand.IntN(200)), fmt.Sprintf("aliases: [/old/%d/]", w.rand.IntN(500))} {
		if w.rand.IntN(9) == 0 {
			b.WriteString(line + "\n")
		}
	}
	parts := []string{fmt.Sprintf("Text *%d* here.\n", w.rand.IntN(1000)), fmt.Sprintf("## Part %d\n", w.rand.IntN(3))}
	if texts := w.texts(); len(texts) > 0 && w.rand.IntN(3) == 0 {
		parts = append(parts, fmt.Sprintf("See [it](/%s).\n", filepath.ToSlash(pick(w, texts))))
	}
	if w.rand.IntN(4) == 0 {
		parts = append(parts, "![Picture](/pictures/p.svg)\n")
	}
	w.rand.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] }) // each may be in the summary
	return b.String() + "---\n\n" + strings.Join(parts, "\n")
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
	switch w.rand.IntN(12) {
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
		w.write("pictures/p.svg", fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="50"></svg>`, 100+w.rand.IntN(100)))
		return "draw the picture"
	case 10:
		w.write("static/extra.css", fmt.Sprintf("body { margin: %dpx }", w.rand.IntN(9)))
		w.write("theme/footer.html", fmt.Sprintf("<footer>Foot %d</footer>", w.rand.IntN(9)))
		return "change the theme"
	}
	return w.create()
}

// A listener hears events as a browser does.
func TestEvents(t *testing.T) {
	d := newDesk(t)
	d.write("a.md", "# A\n")
	d.write("static/x.css", "")
	d.update()
	web := httptest.NewServer(d.server)
	defer web.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, web.URL+"/-/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	hear := func() (st state) {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &st); err != nil {
					t.Fatal(err)
				}
				return st
			}
		}
		t.Fatal("the stream ended: ", lines.Err())
		return st
	}
	first := hear()
	d.write("a.md", "# A\n\nMore.\n")
	d.update("a.md")
	if st := hear(); st.Generation <= first.Generation || st.Edited != (edited{"a.md", "/a/"}) {
		t.Errorf("%+v after %+v", st, first)
	}
	d.write("static/x.css", "body {}")
	d.update("static/x.css")
	if st := hear(); !slices.Equal(st.Changed, []string{"/x.css"}) {
		t.Errorf("%+v", st)
	}
	d.write("a.md", "[x](y.md)\n")
	d.update("a.md")
	hear()
	d.check()
	if st := hear(); len(st.Problems) != 1 {
		t.Errorf("%+v", st)
	}
}

// A picture that is made later gives the texts that show it its size.
func TestPictureMadeLater(t *testing.T) {
	d := newDesk(t)
	d.settings.WarnLinks = true
	for _, dest := range []string{"/pictures/p.svg", "pictures/p.svg"} {
		d.write("a.md", "---\ndate: 2024-01-01\n---\n![Picture]("+dest+")\n")
		d.update()
		d.compare("without the picture", map[string]bool{})
		d.write("pictures/p.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="70" height="50"></svg>`)
		d.update("pictures")
		d.compare("with the picture at "+dest, map[string]bool{})
		if err := os.RemoveAll(filepath.Join(d.dir, "pictures")); err != nil {
			t.Fatal(err)
		}
	}
}

// Pages are asked for while the folder changes and is checked: each answer is that
// of some moment, never half of one. The race detector reads along.
func TestAskedWhileItChanges(t *testing.T) {
	d := newDesk(t)
	write := func(n int) {
		d.write("a.md", fmt.Sprintf("---\ntitle: Title %d\ndate: 2024-01-01\n---\nText %d.\n", n/2, n))
		d.write("b.md", "---\ntitle: B\ndate: 2024-01-02\n---\nSee [a](a.md).\n")
	}
	write(0)
	d.update()
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for _, path := range []string{"/", "/a/", "/b/", "/index.xml"} {
		readers.Go(func() {
			for ctx.Err() == nil {
				if answer := d.ask(path); answer.Code != http.StatusOK {
					t.Errorf("%s is answered with %d", path, answer.Code)
					return
				}
			}
		})
	}
	readers.Go(func() {
		for ctx.Err() == nil {
			if _, err := d.server.Check(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	for n := range 100 {
		write(n)
		d.update("a.md") // in turns another title, and another text alone
		body := d.ask("/a/").Body.String()
		if !strings.Contains(body, fmt.Sprintf("Text %d.", n)) {
			t.Errorf("after the update the page is that of before: %s", body)
		}
	}
	cancel()
	readers.Wait()
}
