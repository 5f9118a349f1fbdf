package render

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"icecap/content"
)

// smallBlog has a little of everything.
func smallBlog() fstest.MapFS {
	return files(
		"index.md", "---\ntitle: My blog\ndescription: About ice.\n---\nWelcome.\n",
		"about.md", "# About me\n\nI write.\n",
		"2024-05-01-hello.md", "# Hello\n\nSee [the trip](posts/trip/index.md) and [about](about.md).\n",
		"posts/_index.md", "---\ntitle: All posts\n---\nThe intro.\n",
		"posts/second.md", "---\ntitle: Second\ndate: 2024-04-02\ntags: [Go, NGINX]\nseries: Ice\n---\nOne *two* three.\n\n## A heading\n\nText.\n",
		"posts/third.md", "+++\ntitle = \"Third\"\ndate = 2023-12-31T23:00:00Z\ntags = [\"Go\"]\ncategories = [\"Notes\"]\nseries = \"Ice\"\naliases = [\"/old/third/\"]\n+++\nBody.\n",
		"posts/fourth.md", "{\"title\": \"Fourth\", \"date\": \"2024-01-15\", \"draft\": true}\nNot yet.\n",
		"posts/trip/index.md", "---\ntitle: Trip\ndate: 2024-03-03\n---\n![A map](map.svg \"The map\")\n",
		"posts/trip/map.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"300\" height=\"200\"></svg>",
		"static/humans.txt", "Somebody.\n",
	)
}

func TestSite(t *testing.T) {
	site := build(t, smallBlog())
	var pages []string
	for _, url := range site.urls() {
		if !strings.HasPrefix(url, "/assets/") {
			pages = append(pages, url)
		}
	}
	want := strings.Fields(`/ /2023/ /2023/12/ /2024/ /2024/03/ /2024/04/ /2024/05/ /404.html /about/ /archive/ /atom.xml
		/categories/ /categories/notes/ /feed.json /hello/ /humans.txt /index.xml /posts/ /posts/second/ /posts/third/ /posts/trip/
		/posts/trip/map.svg /robots.txt /search/ /search/index.json /search/pages-1/0.json /search/terms-1/0.json /series/ /series/ice/ /sitemap.xml /tags/ /tags/go/ /tags/go/atom.xml /tags/go/feed.json
		/tags/go/index.xml /tags/nginx/ /tags/nginx/atom.xml /tags/nginx/feed.json /tags/nginx/index.xml`)
	if !slices.Equal(pages, want) {
		t.Errorf("the pages are\n%s\nwant\n%s", strings.Join(pages, " "), strings.Join(want, " "))
	}
	for url, texts := range map[string][]string{
		"/":             {"My blog", "Welcome.", "/hello/", "/posts/trip/", "/about/"},
		"/hello/":       {`href="/posts/trip/"`, `href="/about/"`, "Hello"},
		"/about/":       {"About me"},
		"/posts/":       {"All posts", "The intro.", "/posts/second/"},
		"/posts/trip/":  {`src="/posts/trip/map.svg"`, `width="300"`, `height="200"`, `loading="lazy"`, "<figcaption>The map</figcaption>"},
		"/tags/go/":     {"/posts/second/", "/posts/third/"},
		"/atom.xml":     {"<id>http://localhost/hello/</id>", "&lt;em&gt;two&lt;/em&gt;"},
		"/sitemap.xml":  {"<loc>http://localhost/posts/second/</loc><lastmod>2024-04-02T00:00:00Z</lastmod>"},
		"/robots.txt":   {"Sitemap: http://localhost/sitemap.xml"},
		"/2023/12/":     {"/posts/third/"},
		"/series/ice/":  {"/posts/second/"},
		"/posts/third/": {"/posts/second/"},
	} {
		for _, text := range texts {
			if !strings.Contains(site.body(t, url), text) {
				t.Errorf("%s does not hold %q:\n%s", url, text, site.body(t, url))
			}
		}
	}
	if len(site.redirects) != 1 || site.redirects[0].From.String() != "/old/third/" || site.redirects[0].To != "/posts/third/" || site.redirects[0].Code != 301 {
		t.Errorf("redirects: %v", site.redirects)
	}
}

// Below a prefix nothing is outside it, and what belongs to the whole address is not there.
func TestPrefix(t *testing.T) {
	site := build(t, smallBlog(), func(s *Settings) { s.Prefix = "/blog/" })
	for _, url := range site.urls() {
		if !strings.HasPrefix(url, "/blog/") {
			t.Errorf("%s lies outside", url)
		}
		if url == "/blog/robots.txt" || url == "/blog/404.html" {
			t.Errorf("%s is the app's", url)
		}
	}
	if body := site.body(t, "/blog/hello/"); !strings.Contains(body, `href="/blog/about/"`) {
		t.Errorf("links are not below the prefix:\n%s", body)
	}
	if site.redirects[0].From.String() != "/blog/old/third/" {
		t.Errorf("redirects: %v", site.redirects)
	}
}

// The same files give the same bytes, whatever the number of workers.
func TestSameBytes(t *testing.T) {
	one, _, err := run(&Folder{FS: smallBlog(), Workers: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	many, _, err := run(&Folder{FS: smallBlog(), Workers: 8, Now: noon.Add(time.Hour)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, many, one)
}

// A page that is made by itself has the bytes of the whole run.
func TestPageByItself(t *testing.T) {
	f := &Folder{FS: smallBlog()}
	want, _, err := run(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := f.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	blog, err := snapshot.Blog(context.Background(), content.Site{})
	if err != nil {
		t.Fatal(err)
	}
	got := &built{pages: map[content.Key]content.Page{}, redirects: want.redirects}
	keys := blog.Keys()
	slices.Reverse(keys)
	for _, key := range keys {
		page, ok, err := blog.Page(key)
		if err != nil || !ok {
			t.Fatal(key.URL(), ok, err)
		}
		if err := got.Page(page); err != nil {
			t.Fatal(err)
		}
		if w := want.pages[key]; page.Version != w.Version {
			t.Errorf("%s has the version %s, not %s", key.URL(), page.Version, w.Version)
		}
	}
	same(t, got, want)
}

// An unchanged folder is known as such, and nothing in it is made again.
func TestUnchanged(t *testing.T) {
	f := &Folder{FS: smallBlog()}
	first, blog, err := run(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Cache = blog.Cache()
	second, _, err := run(f, first)
	if err != nil {
		t.Fatal(err)
	}
	same(t, second, first)
	if second.kept != len(first.pages) {
		t.Errorf("%d of %d pages were kept", second.kept, len(first.pages))
	}
	snapshot, err := f.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var sitemap content.Entry
	for _, e := range first.site().Entries {
		if e.Path.String() == f.Settings.Sitemap() {
			sitemap = e
		}
	}
	if !snapshot.Unchanged(sitemap) {
		t.Error("the folder is taken for a changed one")
	}
}

// The summary of a post, in lists and feeds, follows what it links to: the post's own
// file has not changed.
func TestSummaryFollowsItsLinks(t *testing.T) {
	folder := files("2024-01-01-a.md", "See [b](b.md), ![x](x.svg) and {{< name >}}.\n", "b.md", "# B\n", "index.md", "# First\n",
		"x.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="20"/>`, "theme/shortcodes/name.html", "{{.Site.Title}}")
	f := &Folder{FS: folder}
	before, blog, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	for name, text := range map[string]string{
		"b.md":     "---\nslug: moved\n---\n# B\n",
		"x.svg":    `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="200"/>`,
		"index.md": "# Second\n",
	} {
		folder[name].Data = []byte(text)
		f.Cache = blog.Cache()
		after, next, err := run(f, before)
		if err != nil {
			t.Fatal(describe(err))
		}
		clean, _, err := run(&Folder{FS: folder}, nil)
		if err != nil {
			t.Fatal(describe(err))
		}
		clean.redirects = after.redirects // what was is known only to the release
		same(t, after, clean)
		before, blog = after, next
	}
}

// A post of the future appears by itself, and an expired one goes.
func TestNext(t *testing.T) {
	f := &Folder{FS: files("a.md", "---\ndate: 2024-06-02\n---\nA", "b.md", "---\ndate: 2024-05-02\nexpiryDate: 2024-06-03\n---\nB")}
	for _, step := range []struct {
		now  string
		urls string
		next string
	}{
		{"2024-06-01T12:00:00Z", "/b/", "2024-06-02T00:00:00Z"},
		{"2024-06-02T00:00:00Z", "/a/ /b/", "2024-06-03T00:00:00Z"},
		{"2024-06-03T00:00:00Z", "/a/", ""},
	} {
		f.Now, _ = time.Parse(time.RFC3339, step.now)
		site, blog, err := run(f, nil)
		if err != nil {
			t.Fatal(err)
		}
		var posts []string
		for _, url := range site.urls() {
			if url == "/a/" || url == "/b/" {
				posts = append(posts, url)
			}
		}
		next := ""
		if !blog.Next().At.IsZero() {
			next = blog.Next().At.Format(time.RFC3339)
		}
		if strings.Join(posts, " ") != step.urls || next != step.next {
			t.Errorf("at %s: %v, next %s; want %s, %s", step.now, posts, next, step.urls, step.next)
		}
	}
}

// edits change a folder as a writer does.
var edits = []func(*rand.Rand, fstest.MapFS, string){
	func(r *rand.Rand, f fstest.MapFS, name string) { // the text
		f[name].Data = append(f[name].Data, fmt.Sprintf("\nMore %d.\n\n## Heading %d\n", r.IntN(9), r.IntN(9))...)
	},
	func(r *rand.Rand, f fstest.MapFS, name string) { // the title
		f[name].Data = []byte(strings.Replace(string(f[name].Data), "title: ", fmt.Sprintf("title: T%d ", r.IntN(9)), 1))
	},
	func(r *rand.Rand, f fstest.MapFS, name string) { // the date
		f[name].Data = []byte(strings.Replace(string(f[name].Data), "date: 20", fmt.Sprintf("date: 19%02d-01-02 #", r.IntN(90)), 1))
	},
	func(r *rand.Rand, f fstest.MapFS, name string) { // the tags
		f[name].Data = []byte(strings.Replace(string(f[name].Data), "tags: [", fmt.Sprintf("tags: [t%d, ", r.IntN(4)), 1))
	},
	func(r *rand.Rand, f fstest.MapFS, name string) { // the name
		f[fmt.Sprintf("posts/moved-%d.md", r.IntN(1000))] = f[name]
		delete(f, name)
	},
	func(_ *rand.Rand, f fstest.MapFS, name string) { delete(f, name) },
	func(r *rand.Rand, f fstest.MapFS, _ string) { // a new one
		n := r.IntN(1000)
		f[fmt.Sprintf("posts/new-%d.md", n)] = &fstest.MapFile{Data: []byte(fmt.Sprintf("---\ntitle: New %d\ndate: 2024-0%d-11\ntags: [t%d]\n---\nText of %d.\n", n, 1+n%5, n%4, n))}
	},
	func(r *rand.Rand, f fstest.MapFS, name string) { // the slug
		if !strings.Contains(string(f[name].Data), "slug: ") {
			f[name].Data = []byte(strings.Replace(string(f[name].Data), "title: ", fmt.Sprintf("slug: s%d\ntitle: ", r.IntN(100000)), 1))
		}
	},
	func(r *rand.Rand, f fstest.MapFS, name string) { // a link to a name, which may be nobody's or that of two
		f[name].Data = append(f[name].Data, fmt.Sprintf("\n[[new %d]], [[new-%d]] [[moved-%d]]\n", r.IntN(1000), r.IntN(1000), r.IntN(1000))...)
	},
	func(r *rand.Rand, f fstest.MapFS, name string) { // the language, and whose translation it is
		text := regexp.MustCompile(`(?m)^(language|translationKey): .*\n`).ReplaceAllString(string(f[name].Data), "")
		if r.IntN(3) > 0 {
			text = strings.Replace(text, "title: ", fmt.Sprintf("language: l%d\ntranslationKey: k%d\ntitle: ", r.IntN(3), r.IntN(2)), 1)
		}
		f[name].Data = []byte(text)
	},
	func(r *rand.Rand, f fstest.MapFS, name string) { // an alias, which may be taken out again
		text := regexp.MustCompile(`(?m)^aliases: .*\n`).ReplaceAllString(string(f[name].Data), "")
		if len(text) == len(f[name].Data) {
			text = strings.Replace(text, "title: ", fmt.Sprintf("aliases: [/old-%d/]\ntitle: ", r.IntN(100000)), 1)
		}
		f[name].Data = []byte(text)
	},
	func(r *rand.Rand, f fstest.MapFS, _ string) { // a template
		f["theme/card.html"] = &fstest.MapFile{Data: []byte(fmt.Sprintf("<p>%d <a href=\"{{.URL}}\">{{.Title}}</a> {{.Words}} {{.Summary}}</p>", r.IntN(3)))}
	},
}

// TestNeverStale edits a folder again and again. What a build makes of it on top
// of the last release, with the cache, is what a build from nothing makes.
func TestNeverStale(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	folder := fstest.MapFS{}
	for range 25 {
		edits[6](random, folder, "")
	}
	var before *built
	var cache *Cache
	rounds := 120
	if testing.Short() {
		rounds = 15
	}
	for round := range rounds {
		for range 1 + random.IntN(3) {
			var posts []string
			for name := range folder {
				if strings.HasPrefix(name, "posts/") {
					posts = append(posts, name)
				}
			}
			slices.Sort(posts)
			if len(posts) == 0 {
				break
			}
			edits[random.IntN(len(edits))](random, folder, posts[random.IntN(len(posts))])
		}
		f := &Folder{FS: folder, Settings: Settings{PageSize: 3, FeedSize: 4, Wikilinks: "on", Backlinks: true, WarnLinks: true}, Cache: cache}
		after, blog, err := run(f, before)
		if err != nil {
			t.Fatal(round, describe(err))
		}
		clean, _, err := run(&Folder{FS: folder, Settings: f.Settings}, nil)
		if err != nil {
			t.Fatal(round, describe(err))
		}
		clean.redirects = after.redirects // what was is known only to the release
		same(t, after, clean)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
		before, cache = after, blog.Cache()
	}
}

// A page that moves leaves a redirect, also after several moves; one that is gone leaves none.
func TestMovedPages(t *testing.T) {
	text := "---\ntitle: A\ndate: 2024-01-01\nslug: %s\n---\nText.\n"
	var site *built
	for _, slug := range []string{"one", "two", "three"} {
		var err error
		if site, _, err = run(&Folder{FS: files("a.md", fmt.Sprintf(text, slug))}, site); err != nil {
			t.Fatal(err)
		}
	}
	got := fmt.Sprint(site.redirects)
	for _, from := range []string{"one", "two"} {
		if !strings.Contains(got, "/"+from+"/ /three/ 301") {
			t.Errorf("redirects: %v", got)
		}
	}
	site, _, err := run(&Folder{FS: files("b.md", "B")}, site)
	if err != nil || len(site.redirects) != 0 {
		t.Errorf("after the page has gone: %v, %v", site.redirects, err)
	}
}

// The blog of the Go project, where it lies beside the checkout.
func TestGoBlog(t *testing.T) {
	found, err := filepath.Glob("../../*/corpus/go-blog")
	if err != nil || len(found) == 0 {
		t.Skip("there is no corpus/go-blog in a folder beside this checkout")
	}
	dir := found[0]
	posts, err := fs.Glob(os.DirFS(dir), "content/*.md")
	if err != nil {
		t.Fatal(err)
	}
	site, blog, err := run(&Folder{FS: os.DirFS(dir), Now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Settings: Settings{Prefix: "/blog/", WarnLinks: true}}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if len(posts) < 300 || len(site.pages) < len(posts)-1 {
		t.Errorf("%d pages of %d files", len(site.pages), len(posts))
	}
	// The content links to Go files that did not come with it, to headings by
	// numbers that another program gave them, and once to
	// /blog//…; all other warnings would be ours.
	for _, w := range blog.Warnings() {
		if !strings.Contains(w.What, "HTML") && !strings.Contains(w.What, `.go" leads to nothing`) && !strings.Contains(w.What, "#TOC_") && !strings.Contains(w.Excerpt, "(/blog//") {
			t.Errorf("%s", describe(Problems{w}))
		}
	}
	if body := site.body(t, "/blog/slices/"); !strings.Contains(body, "The mechanics of ‘append’") && !strings.Contains(body, "append") {
		t.Error("a post has no text")
	}
}
