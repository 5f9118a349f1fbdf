package render

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"flag"
	"html"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/content"
)

// dumpPlugin makes Jekyll tell what it made of each text. With the layout bare that is also
// what plugins have made of the whole page.
const dumpPlugin = `require "json"
require "time"
Jekyll::Hooks.register :site, :post_write do |site|
  items = (site.pages + site.docs_to_write).reject { |d| d.is_a?(Jekyll::StaticFile) }.map do |d|
    date = d.data["date"] if d.is_a?(Jekyll::Document)
    { url: d.url, file: d.relative_path, title: d.data["title"].to_s, date: date.respond_to?(:xmlschema) ? date.xmlschema : "", html: (d.data["layout"] == "bare" ? d.output : d.content).to_s,
      excerpt: d.data["excerpt"].to_s }
  end
  File.write(File.join(site.source, "_dump.json"), JSON.generate(items))
end

Jekyll::Hooks.register :site, :post_render do |site, payload|
  page = site.pages.find { |p| p.name == "about.md" }
  lines = File.join(site.source, "_liquid.txt")
  next unless page && File.exist?(lines)
  made = File.readlines(lines, chomp: true).map do |line|
    begin
      values = payload.merge("page" => page.to_liquid)
      Liquid::Template.parse(line.gsub("⏎", "\n")).render!(values, registers: { site: site, page: page.to_liquid })
    rescue StandardError => e
      "error: #{e.message}"
    end
  end
  File.write(File.join(site.source, "_liquid.json"), JSON.generate(made))
end
`

// A dumped text is what Jekyll says of one.
type dumped struct{ URL, File, Title, Date, HTML, Excerpt string }

// A jekyllBuild is what Jekyll made of a folder.
type jekyllBuild struct {
	texts []dumped
	paths []string          // of all files, as URLs below the base
	feeds map[string][]byte // by path, those of jekyll-feed
	// liquid is what each line of _liquid.txt became.
	liquid []string
}

// buildWithJekyll runs the real Jekyll on a copy of a folder, of which its configuration
// says that the content lies in this one.
func buildWithJekyll(t *testing.T, dir, content string) jekyllBuild {
	t.Helper()
	program, err := exec.LookPath("jekyll")
	if err != nil {
		t.Skip("jekyll is not installed (Debian: jekyll ruby-jekyll-feed ruby-jekyll-sitemap ruby-jekyll-redirect-from ruby-jekyll-paginate)")
	}
	top, site := t.TempDir(), t.TempDir()
	source := filepath.Join(top, content)
	if err := os.CopyFS(top, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	os.MkdirAll(filepath.Join(source, "_plugins"), 0o755)
	if err := os.WriteFile(filepath.Join(source, "_plugins", "dump.rb"), []byte(dumpPlugin), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "build", "--quiet", "--disable-disk-cache", "--destination", site)
	cmd.Dir = top
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "JEKYLL_NO_BUNDLER_REQUIRE=true", "JEKYLL_ENV=production")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("jekyll: %v\n%s", err, said)
	}
	var b jekyllBuild
	data, err := os.ReadFile(filepath.Join(source, "_dump.json"))
	if err == nil {
		err = json.Unmarshal(data, &b.texts)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.feeds = map[string][]byte{}
	if data, err := os.ReadFile(filepath.Join(source, "_liquid.json")); err == nil {
		if err := json.Unmarshal(data, &b.liquid); err != nil {
			t.Fatal(err)
		}
	}
	err = fs.WalkDir(os.DirFS(site), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			dir, base := path.Split("/" + name)
			if base == "index.html" {
				base = ""
			}
			b.paths = append(b.paths, dir+base)
			if data, err := os.ReadFile(filepath.Join(site, name)); err == nil && bytes.Contains(data[:min(300, len(data))], []byte("<feed ")) {
				b.feeds[name] = data
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// openBlog lays out a folder at a moment after all its posts.
func openBlog(t *testing.T, dir string, settings Settings) *Blog {
	t.Helper()
	f := &Folder{FS: os.DirFS(dir), Settings: settings, Now: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	snapshot, err := f.Read(context.Background())
	if err != nil {
		t.Fatal(describe(err))
	}
	blog, err := snapshot.Blog(context.Background(), content.Site{})
	if err != nil {
		t.Fatal(describe(err))
	}
	return blog
}

var (
	hiddenParts    = regexp.MustCompile(`(?is)<script.*?</script>|<style.*?</style>|<!--.*?-->`)
	lineNumbers    = regexp.MustCompile(`<span class="ln">\d+</span>|<td class="(?:rouge-)?gutter gl"><pre class="lineno">[\d\s]*</pre></td>`)
	anyTag         = regexp.MustCompile(`<[a-zA-Z/!][^>]*>`)
	jekyllHeadings = regexp.MustCompile(`<h([1-6])[^>]*?\sid="([^"]*)"`)
)

// mathMarks are what stands around TeX, which a script looks for.
var mathMarks = strings.NewReplacer("$$", "", `\(`, "", `\)`, "", `\[`, "", `\]`, "")

// visibleText is the text that a reader sees, without space.
func visibleText(page string) string {
	page = anchorPattern.ReplaceAllString(page, "")
	page = lineNumbers.ReplaceAllString(hiddenParts.ReplaceAllString(page, ""), "")
	text := mathMarks.Replace(html.UnescapeString(anyTag.ReplaceAllString(page, "")))
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\ufe0e' }), "")
}

// headingsOf are the levels and ids of a text.
func headingsOf(page string) (ids []string) {
	for _, m := range jekyllHeadings.FindAllStringSubmatch(page, -1) {
		ids = append(ids, "h"+m[1]+" "+html.UnescapeString(m[2]))
	}
	return ids
}

// firstDifference shows two texts around the place where they part.
func firstDifference(got, want string) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	from := max(0, i-30)
	return "…" + got[from:min(len(got), i+50)] + "\n  want …" + want[from:min(len(want), i+50)]
}

// compareTexts holds every text to what Jekyll made of it, and returns how many.
func compareTexts(t *testing.T, b *Blog, want jekyllBuild) (same int) {
	for _, w := range want.texts {
		w.File = path.Join(b.root, w.File)
		p := b.byFile[w.File]
		if p == nil {
			if b.snapshot.scanned(w.File) && !slices.ContainsFunc(b.moved, func(p *post) bool { return p.file == w.File }) {
				t.Errorf("%s is no page, and Jekyll makes %s of it (%s)", w.File, w.URL, b.hidden[w.File])
			}
			continue
		}
		if p.intro && w.URL != "/" && b.dialect.pagePath != nil {
			continue // a further page of the list
		}
		failed := false
		differs := func(format string, args ...any) {
			t.Helper()
			t.Errorf(format, args...)
			if !failed {
				same--
			}
			failed = true
		}
		same++
		if got := "/" + strings.TrimPrefix(p.url.Decoded(), b.settings.Prefix); got != unescaped(w.URL) {
			differs("%s: the URL is %s, want %s", w.File, got, w.URL)
		}
		if w.Title != "" && p.title != w.Title {
			differs("%s: the title is %q, want %q", w.File, p.title, w.Title)
		}
		if date, err := time.Parse(time.RFC3339, w.Date); err == nil && !p.date.IsZero() && (!p.date.Equal(date) || p.date.Format("-0700") != date.Format("-0700")) {
			differs("%s: the date is %s, want %s", w.File, p.date.Format(time.RFC3339), w.Date)
		}
		body, err := b.body(p)
		if err != nil {
			differs("%s: %s", w.File, describe(err))
			continue
		}
		if p.intro && len(body) == 0 {
			continue // it listed posts
		}
		w.HTML = withoutTitle(t, p, string(body), w.HTML)
		if got, want := headingsOf(string(body)), headingsOf(w.HTML); !slices.Equal(got, want) {
			differs("%s: the headings are %q\n  want %q", w.File, got, want)
		}
		if got, want := visibleText(string(body)), visibleText(w.HTML); got != want {
			differs("%s: the text differs: %s", w.File, firstDifference(got, want))
		}
		if strings.HasPrefix(path.Base(w.File), "kramdown") { // a page of nothing but what kramdown reads
			got, want := structure(string(body)), structure(w.HTML)
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i] {
					differs("%s: the elements differ: %q\n  want %q", w.File, got[max(0, i-6):min(i+6, len(got))], want[max(0, i-6):min(i+6, len(want))])
					break
				}
			}
		}
	}
	return same
}

var firstTitle = regexp.MustCompile(`(?s)\A\s*<h1[^>]*?\sid="([^"]*)"[^>]*>(.*?)</h1>`)

// withoutTitle takes away a first heading that repeats the title of the page, which
// the theme shows. Its id must be there all the same.
func withoutTitle(t *testing.T, p *post, body, page string) string {
	m := firstTitle.FindStringSubmatch(page)
	if m == nil || visibleText(m[2]) != visibleText(html.EscapeString(p.title)) {
		return page
	}
	if !strings.Contains(body, `id="`+m[1]+`"`) {
		t.Errorf("%s: the id of the title, %s, is gone", p.file, m[1])
	}
	return page[len(m[0]):]
}

func unescaped(address string) string {
	p, err := content.ParsePath(address)
	if err != nil {
		return address
	}
	return p.Decoded()
}

// scanned reports whether a file was found at all: Jekyll's plugins add texts that
// are no files.
func (s *Snapshot) scanned(file string) bool { return slices.Contains(s.scan.markdown, file) }

// unservedPaths are those of Jekyll's that lead nowhere.
func unservedPaths(b *Blog, paths []string) (lost []string) {
	for _, at := range paths {
		full := strings.TrimSuffix(b.settings.Prefix, "/") + at
		if b.byKey[full] == nil && b.Redirect(full) == "" {
			lost = append(lost, at)
		}
	}
	return lost
}

type atomFeed struct {
	Title   string `xml:"title"`
	Entries []struct {
		Title     string `xml:"title"`
		ID        string `xml:"id"`
		Published string `xml:"published"`
		Link      struct {
			Href string `xml:"href,attr"`
		} `xml:"link"`
	} `xml:"entry"`
}

// compareAtom holds a feed of jekyll-feed to the real one, entry by entry.
func compareAtom(t *testing.T, b *Blog, name string, want []byte) {
	t.Helper()
	key := content.Key{}
	key.Path, _ = content.ParsePath(b.settings.Prefix + name)
	page, ok, err := b.Page(key)
	if err != nil || !ok {
		t.Errorf("there is no %s: %v", name, err)
		return
	}
	var ours, theirs atomFeed
	if err := xml.Unmarshal(page.Body, &ours); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(want, &theirs); err != nil {
		t.Fatal(err)
	}
	if ours.Title != html.UnescapeString(theirs.Title) {
		t.Errorf("the title of %s is %q, want %q", name, ours.Title, theirs.Title)
	}
	if len(ours.Entries) != len(theirs.Entries) {
		t.Fatalf("%s has %d entries, want %d", name, len(ours.Entries), len(theirs.Entries))
	}
	for i, w := range theirs.Entries {
		g := ours.Entries[i]
		w.Title = html.UnescapeString(w.Title)
		date, _ := time.Parse(time.RFC3339, w.Published)
		published, _ := time.Parse(time.RFC3339, g.Published)
		if g.Title != w.Title || g.ID != w.ID || g.Link != w.Link || !published.Equal(date) {
			t.Errorf("entry %d of %s is %v, want %v", i, name, g, w)
		}
	}
}

// TestLikeJekyll builds a folder full of habits with the real Jekyll, and compares
// URLs, titles, dates, heading ids and visible text of every page, the feed's
// entries, whether every old path still answers, and what the lines of _liquid.txt become.
func TestLikeJekyll(t *testing.T) {
	want := buildWithJekyll(t, "testdata/jekyll", "")
	b := openBlog(t, "testdata/jekyll", Settings{})
	if same := compareTexts(t, b, want); same < 20 {
		t.Errorf("only %d texts were compared", same)
	}
	lost := unservedPaths(b, want.paths)
	// redirects.json is the plugin's own list.
	if expected := []string{"/redirects.json"}; !slices.Equal(lost, expected) {
		t.Errorf("these paths of Jekyll lead nowhere: %q, want %q", lost, expected)
	}
	compareAtom(t, b, "feed.xml", want.feeds["feed.xml"])
	compareLiquid(t, b, want.liquid)
}

// TestJekyllSource does so with a folder whose configuration lies outside of the content,
// and that publishes only the newest posts.
func TestJekyllSource(t *testing.T) {
	want := buildWithJekyll(t, "testdata/jekyll-source", "site")
	b := openBlog(t, "testdata/jekyll-source", Settings{})
	if same := compareTexts(t, b, want); same < 6 {
		t.Errorf("only %d texts were compared", same)
	}
	if lost := unservedPaths(b, want.paths); !slices.Equal(lost, []string{"/redirects.json"}) {
		t.Errorf("these paths of Jekyll lead nowhere: %q", lost)
	}
	var posts []string
	for _, w := range want.texts {
		if strings.Contains(w.File, "_posts/") {
			posts = append(posts, w.File)
		}
	}
	if len(b.posts) != len(posts) {
		t.Errorf("there are %d posts, want %q", len(b.posts), posts)
	}
	for _, name := range []string{"news/feed.xml", "feed/ice.xml", "feed/recipes.xml", "feed/recipes/winter-soups.xml", "lieder.xml"} {
		compareAtom(t, b, name, want.feeds[name])
	}
	if why := b.hidden["site/_posts/2024-01-02-post-2.md"]; why != "limit_posts publishes only the newest 2 posts" {
		t.Errorf("an old post is hidden: %q", why)
	}
}

var jekyllFolderFlag = flag.String("jekyll", "", "the folder of a Jekyll site without layouts, for TestJekyllFolder to compare")

// TestJekyllFolder compares a folder that a flag names. What plugins and layouts add
// to it is not ours to compare, so they are best taken out before.
func TestJekyllFolder(t *testing.T) {
	if *jekyllFolderFlag == "" {
		t.Skip("no folder is given by -jekyll DIR")
	}
	b := openBlog(t, *jekyllFolderFlag, Settings{Lenient: true})
	want := buildWithJekyll(t, *jekyllFolderFlag, b.root)
	t.Logf("of %d texts of Jekyll %d are the same", len(want.texts), compareTexts(t, b, want))
	t.Logf("these paths lead nowhere: %q", unservedPaths(b, want.paths))
	for _, w := range b.Warnings() {
		t.Log(w.At(), w.What)
	}
}
