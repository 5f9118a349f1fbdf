package render

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"icecap/content"
	"icecap/render/picture"
)

// secret stands in photos for where they were taken.
const secret = "51.4779,-0.0015"

// photoFile is a photo of a certain size, as a camera writes it.
func photoFile(t testing.TB, width, height int, seed uint64) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	dice := rand.New(rand.NewPCG(seed, 1))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, color.NRGBA{byte(x * 255 / width), byte(y * 255 / height), byte(100 + dice.IntN(20)), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	note := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00" + secret
	return "\xff\xd8\xff\xe1\x00" + string(rune(len(note)+2)) + note + b.String()[2:]
}

// A drawer is a FormStore in memory.
type drawer struct {
	mu    sync.Mutex
	forms map[string][]byte
	saved int
}

func (d *drawer) Has(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.forms[name]
	return ok
}

func (d *drawer) Load(name string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	data, ok := d.forms[name]
	return data, ok
}

func (d *drawer) Save(name string, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.forms == nil {
		d.forms = map[string][]byte{}
	}
	d.forms[name] = bytes.Clone(data)
	d.saved++
	return nil
}

// A meeting is a drawer at which nobody is served until two pictures were asked for.
type meeting struct {
	drawer
	asked map[string]bool
	both  chan struct{}
	late  atomic.Bool // the second one was not asked for while the first waited
}

func (m *meeting) Has(name string) bool {
	m.mu.Lock()
	if sum, _, _ := strings.Cut(name, "-"); !m.asked[sum] {
		if m.asked[sum] = true; len(m.asked) == 2 {
			close(m.both)
		}
	}
	m.mu.Unlock()
	select {
	case <-m.both:
	case <-time.After(time.Minute):
		m.late.Store(true)
	}
	return m.drawer.Has(name)
}

// TestTogether: the pictures of one text are made at the same time, in whichever way it
// shows them.
func TestTogether(t *testing.T) {
	for _, text := range []string{"![](a.jpg)\n\n![](b.jpg)\n", "{{< figure src=a.jpg >}}\n\n{{< figure \"b.jpg\" >}}\n"} {
		m := &meeting{asked: map[string]bool{}, both: make(chan struct{})}
		folder := files("index.md", "# Home\n\n"+text, "a.jpg", photoFile(t, 330, 490, 1), "b.jpg", photoFile(t, 330, 490, 2))
		if _, _, err := run(&Folder{FS: folder, Forms: m, Workers: 2}, nil); err != nil {
			t.Fatal(describe(err))
		}
		if m.saved == 0 {
			t.Errorf("no forms were made for %s", text)
		}
		if m.late.Load() {
			t.Errorf("one picture was waited for before the next was looked at: %s", text)
		}
	}
}

// album is a folder with pictures, some of which are shown.
func album(t testing.TB) fstest.MapFS {
	return files("index.md", "# Home\n", "posts/2024-01-02-dune.md", "---\nimage: dune.jpg\n---\n# Dune\n\nSee:\n\n![A dune](dune.jpg)\n\n{{< figure src=\"/high.jpg\" caption=\"High\" >}}\n\n![](dot.gif)\n\n![[high.jpg|100]]\n", ".obsidian/app.json", "{}",
		"posts/dune.jpg", photoFile(t, 620, 330, 1), "static/high.jpg", photoFile(t, 330, 490, 2), "static/unseen.jpg", photoFile(t, 620, 330, 3),
		"posts/dot.gif", "GIF89a\x01\x00\x01\x00\x00\x00\x00;")
}

// formURLs are those of the forms of a site.
func formURLs(site *built) []string {
	return slices.DeleteFunc(site.urls(), func(url string) bool { return !strings.HasSuffix(url, ".webp") })
}

var imagePattern = regexp.MustCompile(`<img [^>]*>`)

// TestPictures: a page names the smaller forms of what it shows, and they are there.
func TestPictures(t *testing.T) {
	site := build(t, album(t))
	page := site.body(t, "/posts/dune/")
	tags := imagePattern.FindAllString(page, -1)
	if len(tags) != 4 {
		t.Fatalf("there are %d pictures: %q", len(tags), tags)
	}
	const shown = ` sizes="(max-width: 41rem) 100vw, 41rem"`
	want := []string{
		`^<img src="/posts/dune.jpg" alt="A dune" width="620" height="330" loading="lazy" decoding="async" srcset="(/posts/dune-480w\.h\w{11}\.webp) 480w, (/posts/dune-620w\.h\w{11}\.webp) 620w"` + regexp.QuoteMeta(shown) + `>$`,
		`^<img src="/high.jpg" alt="High" width="330" height="490" srcset="(/high-330w\.h\w{11}\.webp) 330w"` + regexp.QuoteMeta(shown) + ` loading="lazy" decoding="async">$`,
		`^<img src="/posts/dot.gif" alt="" width="1" height="1" loading="lazy" decoding="async">$`,
		`^<img src="/high.jpg" alt="high" width="100" height="148" loading="lazy" decoding="async" srcset="/high-330w\.h\w{11}\.webp 330w" sizes="100px">$`,
	}
	var named []string
	for i, tag := range tags {
		m := regexp.MustCompile(want[i]).FindStringSubmatch(tag)
		if m == nil {
			t.Errorf("a picture is %s, want %s", tag, want[i])
			continue
		}
		named = append(named, m[1:]...)
	}
	slices.Sort(named)
	if got := formURLs(site); !slices.Equal(got, named) {
		t.Errorf("the forms are %v, and the page names %v", got, named)
	}
	for _, url := range named {
		form := site.body(t, url)
		facts := picture.Inspect([]byte(form))
		original, _, _ := strings.Cut(url, "-")
		if facts.Format != picture.WebP || facts.Damage != "" || len(form) >= len(site.body(t, original+".jpg")) || !content.Immutable(url) {
			t.Errorf("%s is %+v", url, facts)
		}
	}
	for _, url := range []string{"/posts/dune.jpg", "/high.jpg", "/unseen.jpg"} {
		if body := site.body(t, url); strings.Contains(body, secret) || len(body) < 16<<10 {
			t.Errorf("%s says where it was taken, or is gone", url)
		}
	}
	for _, feed := range []string{"/index.xml", "/atom.xml", "/feed.json"} {
		if text := site.body(t, feed); strings.Contains(text, "srcset") || !strings.Contains(text, "http://localhost/posts/dune.jpg") {
			t.Errorf("%s: %s", feed, text)
		}
	}
	if !strings.Contains(page, `property="og:image" content="http://localhost/posts/dune.jpg"`) {
		t.Error("a preview of another site does not get the original")
	}
}

// TestPicturesAsWideAsTheText: another theme's measure is said of pictures, in posts and in
// summaries that are known from before, and feeds do not have it.
func TestPicturesAsWideAsTheText(t *testing.T) {
	folder := album(t)
	_, blog, err := run(&Folder{FS: folder}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	folder["theme/assets/custom.css"] = &fstest.MapFile{Data: []byte(":root { --measure: 52.5rem }")}
	site, _, err := run(&Folder{FS: folder, Cache: blog.Cache()}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if page := site.body(t, "/posts/dune/"); strings.Count(page, ` sizes="(max-width: 52.5rem) 100vw, 52.5rem"`) != 2 || strings.Contains(page, "41rem) 100vw") {
		t.Errorf("the page is %s", page)
	}
	if feed := site.body(t, "/atom.xml"); strings.Contains(feed, "srcset") {
		t.Errorf("the feed is %s", feed)
	}
}

// TestPicturesOnlyWhatChanged: what is published is kept, a changed picture has other
// forms, and a deleted one none.
func TestPicturesOnlyWhatChanged(t *testing.T) {
	folder, store := album(t), &drawer{}
	first, _, err := run(&Folder{FS: folder, Forms: store}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	next := func(before *built, change func(*Settings)) (*built, *Blog) {
		t.Helper()
		f := &Folder{FS: folder, Forms: store}
		if change != nil {
			change(&f.Settings)
		}
		after, blog, err := run(f, before)
		if err != nil {
			t.Fatal(describe(err))
		}
		fresh, _, err := run(&Folder{FS: folder, Settings: f.Settings, Forms: store}, nil)
		if err != nil {
			t.Fatal(describe(err))
		}
		same(t, after, fresh)
		return after, blog
	}
	second, blog := next(first, nil)
	if blog.Made() != 0 {
		t.Errorf("%d pages were made again", blog.Made())
	}
	folder["posts/dune.jpg"] = &fstest.MapFile{Data: []byte(photoFile(t, 620, 330, 9)), ModTime: noon.Add(1)}
	third, _ := next(second, nil)
	if slices.Equal(formURLs(third), formURLs(second)) || len(third.skipped) != 2 {
		t.Errorf("the forms of another picture are %v; left out were %v", formURLs(third), third.skipped)
	}
	delete(folder, "posts/dune.jpg")
	folder["posts/2024-01-02-dune.md"].Data = []byte("# Dune\n\n![](/high.jpg)\n")
	fourth, _ := next(third, nil)
	if got := formURLs(fourth); len(got) != 1 || len(fourth.skipped) != 2 {
		t.Errorf("the forms are %v; left out were %v", got, fourth.skipped)
	}
	fifth, _ := next(fourth, func(s *Settings) { s.Originals = true })
	if len(formURLs(fifth)) != 0 || fifth.body(t, "/high.jpg") != string(folder["static/high.jpg"].Data) || strings.Contains(fifth.body(t, "/posts/dune/"), "srcset") {
		t.Error("images are not as they are in the folder")
	}
}

// TestPicturesMadeOnce: a store has what was made, for any later build, as long as it
// is whole; and what was found in files is in the cache.
func TestPicturesMadeOnce(t *testing.T) {
	store := &drawer{}
	folder := album(t)
	first, blog, err := run(&Folder{FS: folder, Forms: store}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if store.saved != 3 || blog.Tried() != 2 || !slices.Equal(slices.Sorted(slices.Values(blog.Forms())), slices.Sorted(maps.Keys(store.forms))) {
		t.Errorf("%d forms were made of %d pictures; the site has %v", store.saved, blog.Tried(), blog.Forms())
	}
	var written bytes.Buffer
	if _, err := blog.Cache().WriteTo(&written); err != nil {
		t.Fatal(err)
	}
	name := slices.Sorted(maps.Keys(store.forms))[0]
	store.forms[name] = store.forms[name][:100]
	second, blog, err := run(&Folder{FS: folder, Forms: store, Cache: ReadCache(written.String())}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	same(t, second, first)
	if store.saved != 4 || blog.Tried() != 0 {
		t.Errorf("then %d forms were made and %d pictures tried", store.saved-3, blog.Tried())
	}
}

// TestDamagedPictures are published as they are, and are warnings with their place.
func TestDamagedPictures(t *testing.T) {
	photo := photoFile(t, 620, 330, 1)
	spoilt := []byte(photo)
	copy(spoilt[len(spoilt)/2:], bytes.Repeat([]byte{0xff, 0}, 200)) // 1600 ones: no code is that long
	bomb := []byte(photo)
	copy(bomb[bytes.Index(bomb, []byte{0xff, 0xc0})+5:], "\xea\x60\xea\x60")
	folder := files("index.md", "# Home\n\n![](cut.jpg)\n\n![](spoilt.jpg)\n![](bomb.jpg)\n",
		"cut.jpg", photo[:len(photo)*2/3], "spoilt.jpg", string(spoilt), "bomb.jpg", string(bomb))
	site, blog, err := run(&Folder{FS: folder}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	got := describe(blog.Warnings())
	for _, want := range []string{"index.md:3: cut.jpg is published as it is, without smaller forms: it is cut short",
		"index.md:5: spoilt.jpg is published as it is, without smaller forms: decode it: ",
		"index.md:6: bomb.jpg is published as it is, without smaller forms: it has 60000 x 60000 pixels"} {
		if !strings.Contains(got, want) {
			t.Errorf("no warning says %q:\n%s", want, got)
		}
	}
	if page := site.body(t, "/"); strings.Contains(page, "srcset") || strings.Count(page, "<img ") != 3 {
		t.Errorf("the page is %s", page)
	}
	if body := site.body(t, "/cut.jpg"); strings.Contains(body, secret) || len(body) < len(photo)/2 {
		t.Error("what is damaged is not published, or says where it was taken")
	}
}

// TestFormByItself: what a preview makes of one form is what a build publishes.
func TestFormByItself(t *testing.T) {
	folder := album(t)
	site := build(t, folder)
	blog := open(t, folder)
	for _, url := range formURLs(site) {
		path, err := content.ParsePath(url)
		if err != nil {
			t.Fatal(err)
		}
		form := blog.Form(path)
		if form == nil {
			t.Fatalf("there is no form %s", url)
		}
		page, err := form.Make(context.Background())
		if err != nil || string(page.Body) != site.body(t, url) {
			t.Errorf("%s: %v; it differs", url, err)
		}
	}
	unseen := blog.formsOf("static/unseen.jpg", blog.photo("static/unseen.jpg"))
	for _, url := range []string{unseen[0].key.Path.String(), "/high-330w.h00000000000.webp", "/high.webp", "/posts/dune-481w" + formURLs(site)[1][len("/posts/dune-480w"):]} {
		path, err := content.ParsePath(url)
		if err != nil {
			t.Fatal(err)
		}
		if blog.Form(path) != nil {
			t.Errorf("there is a form %s, which no page names", url)
		}
	}
}

// TestPicturesEnd: a build that is given up decodes no more.
func TestPicturesEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	blog := open(t, album(t))
	sink := &built{before: &built{}, pages: map[content.Key]content.Page{}, met: func(p content.Page) {
		if p.MediaType == webpType {
			cancel()
		}
	}}
	if err := blog.Run(ctx, &built{}, sink); !errors.Is(err, context.Canceled) {
		t.Errorf("the build ended with %v", err)
	}
}

// open is a folder's blog before any page is made.
func open(t *testing.T, folder fstest.MapFS) *Blog {
	t.Helper()
	snapshot, err := (&Folder{FS: folder, Now: noon, Workers: 1}).Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	blog, err := snapshot.Blog(context.Background(), content.Site{})
	if err != nil {
		t.Fatal(err)
	}
	return blog
}

// TestCameraName: a file that ends in .JPG is published, and its name leads to it.
func TestCameraName(t *testing.T) {
	site := build(t, files("index.md", "# Home\n\n![](DSC%201.JPG) and [it](/DSC%201.JPG)\n", "DSC 1.JPG", photoFile(t, 330, 490, 1), "static/NOTES.ODD", "?"))
	if page := site.body(t, "/"); !strings.Contains(page, `<img src="/DSC%201.jpg"`) || !strings.Contains(page, `330w"`) || !strings.Contains(page, `<a href="/DSC%201.jpg">`) {
		t.Errorf("the page is %s", page)
	}
	site.body(t, "/DSC%201.jpg")
	if len(site.redirects) != 1 || site.redirects[0].From.String() != "/DSC%201.JPG" || site.redirects[0].To != "/DSC%201.jpg" {
		t.Errorf("the redirects are %v", site.redirects)
	}
}
