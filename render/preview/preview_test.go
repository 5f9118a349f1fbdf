package preview

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

	"icecap/render"
)

// noon is the clock of the tests.
var noon = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// A desk is a folder that is written to, and its preview.
type desk struct {
	*testing.T
	dir      string
	server   *Server
	settings render.Settings
	forms    render.FormStore
}

func newDesk(t *testing.T) *desk {
	d := &desk{T: t, dir: t.TempDir(), settings: render.Settings{PageSize: 4, Drafts: true}}
	d.server = &Server{Open: d.open}
	return d
}

func (d *desk) open() (*render.Folder, error) {
	return &render.Folder{FS: os.DirFS(d.dir), Settings: d.settings, Now: noon, Forms: d.forms}, nil
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
	problems, _, err := d.server.Check(d.Context())
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
			if _, _, err := d.server.Check(ctx); err != nil && ctx.Err() == nil {
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

// What Liquid shows of other texts follows them: no text of a Jekyll folder is rewritten
// by itself.
func TestLiquidFollows(t *testing.T) {
	d := newDesk(t)
	d.write("_config.yml", "title: J\n")
	d.write("_posts/2024-01-01-alpha.md", "---\ntitle: Alpha\n---\nThe newest is {{ site.posts.first.title }}.\n")
	for _, title := range []string{"Beta", "Gamma", "Delta"} {
		d.write("_posts/2024-01-02-beta.md", "---\ntitle: "+title+"\n---\nText.\n")
		if title == "Beta" {
			d.update()
			d.check()
		} else {
			d.update("_posts/2024-01-02-beta.md")
		}
		d.compare(title, map[string]bool{})
	}
}
