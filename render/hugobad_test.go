package render

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"icecap/content"
	"icecap/render/gotmpl"
)

// hugoFiles are a Hugo folder with a configuration and one page.
func hugoFiles(config string, pairs ...string) *Folder {
	return &Folder{FS: files(append([]string{"hugo.toml", config}, pairs...)...)}
}

// TestHugoMistakes: what is wrong in a Hugo folder ends the build, at its place.
func TestHugoMistakes(t *testing.T) {
	deep := strings.Repeat(`{{< details >}}`, 30) + "x" + strings.Repeat(`{{< /details >}}`, 30)
	for name, c := range map[string]struct {
		config, file, text, want string
	}{
		"a configuration that cannot be read": {"x = [", "a.md", "A", "hugo.toml:1: read it as TOML"},
		"a time zone that there is not":       {"timeZone = 'Mars/Base'", "a.md", "A", "Mars/Base"},
		"a pattern of files to ignore":        {"ignoreFiles = ['(']", "a.md", "A", "hugo.toml: ignoreFiles"},
		"a permalink without meaning":         {"[permalinks]\nposts = '/:nope/'", "a.md", "A", ":nope"},
		"a URL elsewhere":                     {"", "a.md", "---\nurl: https://evil.example/\n---\nA", "content/a.md:2"},
		"a URL with an unknown token":         {"", "a.md", "---\nurl: /:nope/\n---\nA", "content/a.md:2"},
		"a slug that leads out":               {"", "a.md", "---\nslug: ../../b\n---\n", "content/a.md:2"},
		"a tag that leads out":                {"", "a.md", "---\ntags: [../../b]\n---\n", "content/a.md:2"},
		"an alias elsewhere":                  {"", "a.md", "---\naliases: ['//evil.example/x', 'https://evil.example/z']\n---\n", "content/a.md:2"},
		"a name of nothing":                   {"", "!!!.md", "A", "nothing is left"},
		"a cascade that is no pattern":        {"", "_index.md", "---\ncascade:\n  target: {path: '{'}\n  x: 1\n---\n", "content/_index.md:2: cascade"},
		"a shortcode that nobody knows":       {"", "a.md", "\n{{< nope >}}", "content/a.md:2: there is no shortcode \"nope\""},
		"a shortcode that does not end":       {"", "a.md", "{{< figure src=\"x\"", "does not end"},
		"a shortcode that was not opened":     {"", "a.md", "{{< /figure >}}", "was not opened"},
		"a parameter that nobody has":         {"", "a.md", "{{< param nope >}}", "content/a.md:1: the front matter has no \"nope\", nor has the site"},
		"shortcodes within shortcodes":        {"", "a.md", deep, "lie in one another more than"},
		"a reference to nothing":              {"", "a.md", "[x]({{< ref \"nope\" >}})", "content/a.md:1: ref \"nope\" leads to no page"},
		"a date that is none":                 {"", "a.md", "---\ndate: yesterday\n---\n", "content/a.md:2: date"},
		"too many shortcodes":                 {"", "a.md", strings.Repeat("{{< qr text=a >}}", 10001), "more than 10000 shortcodes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := run(hugoFiles(c.config, "content/"+c.file, c.text, "content/z.md", "Z"), nil)
			if err == nil || !strings.Contains(describe(err), c.want) {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
		})
	}
}

// TestHugoHostile: what would lead out of the site stays within it, and what is
// endless ends.
func TestHugoHostile(t *testing.T) {
	site, blog, err := run(hugoFiles("title = 'A'\n[params]\nx = 'y'\n",
		"content/a.md", "---\nurl: /../../../etc/passwd\n---\nA",
		"content/b.md", "---\naliases: ['../../../../x', '/../../y/']\n---\nB",
		"content/c.md", "---\ncascade: {a: {b: [1, {c: 2}]}}\ntags: ['<script>alert(1)</script>']\n---\n{{< figure src=\"javascript:alert(1)\" caption=\"<script>alert(2)</script>\" >}}",
		"content/d.md", "---\nsummary: '{{< highlight >}} <script>alert(3)</script>'\n---\nD",
		"content/leaf/index.md", "L", "content/leaf/index.html", "---\ntitle: X\n---\n<p>Other",
	), nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	for key, page := range site.pages {
		if strings.Contains(key.URL(), "..") || page.MediaType == htmlType && strings.Contains(string(page.Body), "<script>alert") {
			t.Errorf("%s: %s", key.URL(), page.Body)
		}
	}
	for _, r := range blog.redirects {
		if strings.Contains(r.From.String(), "..") || strings.Contains(r.To, "evil") {
			t.Errorf("a redirect from %s to %s", r.From, r.To)
		}
	}
}

// TestHugoFolderChanges: a folder becomes one of Hugo's, and another configuration
// counts at once, while it is watched.
func TestHugoFolderChanges(t *testing.T) {
	folder := files("content/posts/2024-01-02-A B.md", "---\ntags: [One Two]\n---\nText")
	f := &Folder{FS: folder, Now: noon}
	snapshot, err := f.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := func(want string) {
		t.Helper()
		if snapshot, err = snapshot.Update(t.Context(), noon, Changes{Names: []string{"hugo.toml"}}, nil); err != nil {
			t.Fatal(err)
		}
		blog, err := snapshot.Blog(t.Context(), (&built{}).site())
		if err != nil {
			t.Fatal(describe(err))
		}
		if got := blog.URLOf("content/posts/2024-01-02-A B.md"); got != want {
			t.Errorf("the page is at %s, want %s", got, want)
		}
	}
	at("/posts/a-b/")
	folder["hugo.toml"] = files("hugo.toml", "title = 'A'")["hugo.toml"]
	at("/posts/2024-01-02-a-b/")
	folder["hugo.toml"] = files("hugo.toml", "baseURL = 'https://example.org/x/'\nuglyURLs = true")["hugo.toml"]
	at("/x/posts/2024-01-02-a-b.html")
	delete(folder, "hugo.toml")
	at("/posts/a-b/")
}

// TestHugoMath: where Hugo passes nothing through, writers have two backslashes for
// one, because Markdown takes one away before a script sees the formula.
func TestHugoMath(t *testing.T) {
	text := "---\nmath: true\n---\nIt is $a\\\\,b\\_c$.\n\n$$\nx \\\\\\\\ y\n$$\n"
	for config, want := range map[string][]string{
		"title = 'A'": {`\(a\,b_c\)`, `\[x \\ y\]`},
		"[markup.goldmark.extensions.passthrough]\nenable = true\ndelimiters = {inline = [['$', '$']], block = [['$$', '$$']]}": {`\(a\\,b\_c\)`, `\[x \\\\ y\]`},
	} {
		site, _, err := run(hugoFiles(config, "content/a.md", text), nil)
		if err != nil {
			t.Fatal(describe(err))
		}
		for _, tex := range want {
			if body := site.body(t, "/a/"); !strings.Contains(body, tex) {
				t.Errorf("%s: %s is not in %s", config, tex, body)
			}
		}
	}
}

// TestHugoDocuments: HTML without front matter stays as it is, and the page that Hugo
// makes of it leads there.
func TestHugoDocuments(t *testing.T) {
	site, blog, err := run(hugoFiles("title = 'A'", "content/posts/Old Page.html", "<!DOCTYPE html>\n<title>Old</title>", "content/posts/a.md", "A"), nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if body := site.body(t, "/posts/Old%20Page.html"); !strings.HasPrefix(body, "<!DOCTYPE html>\n<title>Old") {
		t.Errorf("it is %s", body)
	}
	if to := blog.Redirect("/posts/old-page/"); to != "/posts/Old%20Page.html" {
		t.Errorf("the page leads to %q", to)
	}
}

// TestHugoRemarks: what Hugo lets pass is published, and said, by each build: the
// second one, which takes the texts from the cache, says the same.
func TestHugoRemarks(t *testing.T) {
	f := hugoFiles("refLinksErrorLevel = 'warning'",
		"content/a.md", "---\ndraft: yes\ntags: ['50%ab', 'C#', '???']\n---\n[x]({{< relref \"nope\" >}})\n\n{{< unknown >}}<b>HTML</b>",
		"content/b.md", "---\nslug: .top\n---\nAt the top, where no name begins with a dot",
	)
	f.Settings.Lenient = true
	saysAgain(t, f,
		`draft is no true or false: "yes" counts as false for Hugo`, `tag "50%ab" is at /tags/50percent-ab/: /tags/50%25ab/, as the tool has it, cannot be published`,
		"tag ??? has nothing that can stand in a URL", `content/a.md:5: relref "nope" leads to no page`, `the shortcode "unknown" is not known`,
		"content/b.md:2: its page is at /dot-top/: /.top/, as Hugo has it, cannot be published", "the HTML here and below is left out",
	)
}

// TestHugoFiles: files of any type are published: known ones under their names, others
// under one that says what they are, to which their own leads. Only scripts are not.
func TestHugoFiles(t *testing.T) {
	site, blog, err := run(hugoFiles("title = 'A'", "content/a/index.md", "A", "content/a/code.py", "print(1)", "content/a/paper.bib", "@book{}",
		"static/talk.docx", "PK", "static/LICENSE", "Free", "static/odd.thing", "\x00\x01", "static/run.php", "<?php secret();", "static/tls.pem", "-----BEGIN PRIVATE KEY-----", "static/demo/index.html", "<p>Demo"), nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	for url, media := range map[string]string{"/a/code.py": "text/plain", "/a/paper.bib": "text/plain", "/LICENSE.txt": "text/plain", "/odd.thing.bin": "application/octet-stream",
		"/talk.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "/demo/index.html": "text/html"} {
		at, err := content.ParsePath(url)
		if err != nil {
			t.Fatal(err)
		}
		if page := site.pages[content.Key{Path: at}]; page.MediaType != media {
			t.Errorf("%s is %q, want %s", url, page.MediaType, media)
		}
	}
	for from, to := range map[string]string{"/LICENSE": "/LICENSE.txt", "/odd.thing": "/odd.thing.bin", "/demo/": "/demo/index.html"} {
		if got := blog.Redirect(from); got != to {
			t.Errorf("%s leads to %q, want %s", from, got, to)
		}
	}
	if said := describe(blog.Warnings()); !strings.Contains(said, "static/run.php: left out: files of its type are scripts") ||
		!strings.Contains(said, "static/tls.pem: left out: files of its type are keys") || strings.Count(said, "left out") != 2 {
		t.Errorf("the warnings are\n%s", said)
	}
}

// TestHugoOutputs: the front page has the feeds that the configuration says, under their
// names; where it says none there is none. What nobody makes is said once.
func TestHugoOutputs(t *testing.T) {
	formats := "[mediaTypes.'application/atom+xml']\nsuffixes = ['atom']\n[outputFormats.atom]\nmediaType = 'application/atom+xml'\n[outputFormats.feed]\nmediaType = 'application/feed+json'\nbaseName = 'jsonfeed'\n[mediaTypes.'application/feed+json']\nsuffixes = ['json']\n[outputFormats.rss]\nbaseName = 'rss'\n[outputs]\n"
	for config, want := range map[string]string{
		"title = 'A'":                                                         "/atom.xml /feed.json /index.xml",
		"title = 'A'\ndisableKinds = ['RSS']":                                 "",
		"title = 'A'\n[outputs]\nhome = ['html']":                             "",
		formats + "home = ['html', 'rss', 'json', 'calendar', 'robots']":      "/atom.xml /feed.json /rss.xml",
		formats + "home = ['HTML', 'Atom', 'feed', 'json']\npage = ['JSON']":  "/index.atom /jsonfeed.json",
		"title = 'A'\n[mediaTypes.'application/rss+xml']\nsuffixes = ['rss']": "/atom.xml /feed.json /index.rss",
	} {
		site, blog, err := run(hugoFiles(config, "content/a.md", "---\ndate: 2024-01-02\n---\nA"), nil)
		if err != nil {
			t.Fatal(describe(err))
		}
		var feeds []string
		for key, page := range site.pages {
			if strings.Contains(string(page.Body), "2024-01-02T") && page.MediaType != htmlType && strings.Count(key.URL(), "/") == 1 && key.URL() != "/sitemap.xml" ||
				page.MediaType == "application/rss+xml" && strings.Count(key.URL(), "/") == 1 {
				feeds = append(feeds, key.URL())
			}
		}
		slices.Sort(feeds)
		if got := strings.Join(feeds, " "); got != want {
			t.Errorf("%s: the feeds are %s, want %s", config, got, want)
		}
		for _, feed := range feeds {
			if home := site.body(t, "/"); !strings.Contains(home, `href="`+feed+`"`) {
				t.Errorf("%s: the front page does not know %s", config, feed)
			}
		}
		said := describe(blog.Warnings())
		for _, format := range []string{"json (index.json, of home", "calendar (index.ics, of home)", "robots"} {
			name, _, _ := strings.Cut(format, " ")
			if met := strings.Contains(config, "'"+name+"'"); strings.Contains(said, "the output format "+format) != (met && name != "robots") {
				t.Errorf("%s: of %s it says\n%s", config, format, said)
			}
		}
	}
}

// TestHugoTemplates: what of a shortcode's own template cannot be run is named with its
// place, in a mistake or leniently in a warning, and nothing of the text is lost.
func TestHugoTemplates(t *testing.T) {
	deep := strings.Repeat("{{< in >}}", 30) + "x" + strings.Repeat("{{< /in >}}", 30)
	for name, c := range map[string]struct{ template, text, want string }{
		"a function of Hugo's alone":   {"a\n{{ images.Filter 1 }}", "\n{{< own >}}kept *text*{{< /own >}}", `content/a.md:2: the shortcode "own" cannot be run: layouts/shortcodes/own.html:2: it uses "images.Filter", which is not known here`},
		"a field of Hugo's alone":      {"{{ .Page.NextInSection.Title }}", "{{< own />}}kept *text*", `layouts/shortcodes/own.html:1: it uses .NextInSection`},
		"a mistake in the template":    {"{{ if }}", "{{< own />}}kept *text*", `layouts/shortcodes/own.html:1: missing value for if`},
		"a mistake of the writer":      {`{{ errorf "no src in %s" .Position }}`, "{{< own />}}kept *text*", `the template says: no src in content/a.md:1`},
		"a text that is not shown":     {"<hr>", "{{< own >}}kept *text*{{< /own >}}", "layouts/shortcodes/own.html shows nothing of what is between its tags"},
		"a loop without end":           {"{{ range seq 20000 }}{{ range seq 20000 }}{{ end }}{{ end }}", "{{< own />}}kept *text*", "does more than a template may"},
		"a reference to nothing":       {`{{ ref .Page "nope" }}`, "{{< own />}}kept *text*", `ref "nope" leads to no page`},
		"a file of the machine":        {`{{ os.ReadFile "/etc/passwd" }}`, "{{< own />}}kept *text*", `it uses "os.ReadFile"`},
		"something from the network":   {`{{ resources.GetRemote "http://127.0.0.1/" }}`, "{{< own />}}kept *text*", `it uses "resources.GetRemote"`},
		"shortcodes within each other": {"{{ .Inner }}", strings.ReplaceAll(deep, "in >", "own >") + " kept *text*", "lie in one another more than"},
	} {
		t.Run(name, func(t *testing.T) {
			f := hugoFiles("title = 'A'", "layouts/shortcodes/own.html", c.template, "content/a.md", c.text)
			if _, _, err := run(f, nil); err == nil || !strings.Contains(describe(err), c.want) {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
			f.Settings.Lenient = true
			saysAgain(t, f, c.want)
			site, _, err := run(f, nil)
			if err != nil {
				t.Fatal(describe(err))
			}
			if body := site.body(t, "/a/"); !strings.Contains(body, "kept <em>text</em>") {
				t.Errorf("the page is %s", body)
			}
		})
	}
}

// TestHugoTemplateOfOurName: a template of the site's own for a shortcode that icecap has,
// too, goes before; if it cannot be run, icecap's is taken, and that is said.
func TestHugoTemplateOfOurName(t *testing.T) {
	f := hugoFiles("title = 'A'", "layouts/shortcodes/figure.html", `<img class="own">`, "layouts/shortcodes/qr.html", `{{ images.QR .Inner }}`,
		"content/a.md", "{{< figure src=\"x\" >}}\n\n{{< qr text=\"x\" >}}")
	saysAgain(t, f, `content/a.md:3: the shortcode "qr" is icecap's own, for the site's cannot be run: layouts/shortcodes/qr.html:1: it uses "images.QR"`)
	site, _, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if body := site.body(t, "/a/"); !strings.Contains(body, `<img class="own">`) || !strings.Contains(body, "<svg") {
		t.Errorf("the page is %s", body)
	}
}

// TestHugoTemplateChanges: the pages of a shortcode follow its template, its partials and
// its data.
func TestHugoTemplateChanges(t *testing.T) {
	f := hugoFiles("title = 'A'", "layouts/shortcodes/x.html", `{{ partial "p" . }}{{ range site.Data.d }}{{ . }}{{ end }}`, "layouts/partials/p.html", "one ", "data/d.yaml", "[1]",
		"content/a.md", "{{< x >}}", "content/b.md", "B")
	site := (*built)(nil)
	for _, step := range []struct{ file, text, want string }{
		{"content/b.md", "B", "one 1"}, {"layouts/partials/p.html", "two ", "two 1"}, {"data/d.yaml", "[2, 3]", "two 23"}, {"layouts/shortcodes/x.html", "three", "three"},
	} {
		f.FS.(fstest.MapFS)[step.file] = &fstest.MapFile{Data: []byte(step.text), ModTime: time.Unix(int64(len(step.text)), 0)}
		var err error
		if site, _, err = run(f, site); err != nil {
			t.Fatal(describe(err))
		}
		if body := site.body(t, "/a/"); !strings.Contains(body, step.want) {
			t.Errorf("after %s, %q is not in %s", step.file, step.want, body)
		}
	}
}

// TestHugoRobots: a template of robots.txt is run, or named.
func TestHugoRobots(t *testing.T) {
	for template, want := range map[string]string{
		"User-agent: *\nDisallow: /x/\n{{ range site.RegularPages }}{{ if .Params.private }}Disallow: {{ .RelPermalink }}\n{{ end }}{{ end }}Sitemap: {{ \"sitemap.xml\" | absURL }}\n": "User-agent: *\nDisallow: /x/\nDisallow: /a/\nSitemap: https://r.example/sitemap.xml\n",
		"{{ range site.Menus.main }}{{ end }}": "User-agent: *\nAllow: /",
	} {
		site, blog, err := run(hugoFiles("baseURL = 'https://r.example/'\nenableRobotsTXT = true", "layouts/robots.txt", template, "layouts/_default/_markup/render-link.html", "<a>", "content/a.md", "---\nprivate: true\n---\nA"), nil)
		if err != nil {
			t.Fatal(describe(err))
		}
		if body := site.body(t, "/robots.txt"); !strings.HasPrefix(body, want) {
			t.Errorf("robots.txt is %s", body)
		}
		said := describe(blog.Warnings())
		if strings.Contains(said, "robots.txt is icecap's own") == strings.Contains(template, "Disallow") || !strings.Contains(said, "render hooks are not used: layouts/_default/_markup/render-link.html") {
			t.Errorf("it says\n%s", said)
		}
	}
}

// TestHugoAdapters: what of a content adapter cannot be run is named with its place, and
// the site is built without its pages.
func TestHugoAdapters(t *testing.T) {
	for name, c := range map[string]struct{ template, want string }{
		"a function of Hugo's alone": {"\n{{ resources.GetRemote \"http://127.0.0.1/\" }}", `content/x/_content.gotmpl: no page is made of it: content/x/_content.gotmpl:2: it uses "resources.GetRemote"`},
		"a resource":                 {"{{ .AddResource (dict \"path\" \"a.txt\") }}", "it uses .AddResource, which is not known here"},
		"pages without end":          {"{{ range seq 20000 }}{{ range seq 20000 }}{{ $.AddPage (dict \"path\" \"a\") }}{{ end }}{{ end }}", "it adds more than 20000 pages"},
		"a path that leads out":      {"{{ .AddPage (dict \"path\" \"../../x\") }}", "does not lead below its folder"},
		"a path from the top":        {"{{ .AddPage (dict \"path\" \"/x\") }}", "does not lead below its folder"},
		"a file out of the assets":   {"{{ with resources.Get \"../hugo.toml\" }}{{ errorf \"read\" }}{{ end }}{{ .Nope }}", "it uses .Nope"},
		"another form of text":       {"{{ .AddPage (dict \"path\" \"a\" \"content\" (dict \"mediaType\" \"text/asciidoc\" \"value\" \"x\")) }}", "the media type text/asciidoc of a page is not known here"},
		"a page of the site":         {"{{ range .Site.RegularPages }}{{ .Title }}{{ end }}", "it uses .RegularPages, which is not known here"},
	} {
		t.Run(name, func(t *testing.T) {
			f := hugoFiles("title = 'A'", "content/x/_content.gotmpl", c.template, "content/x/b.md", "B")
			saysAgain(t, f, c.want)
		})
	}
}

// TestTemplateBudget: when the templates of a site together do more than they may, the
// build ends, however lenient it is, for which pages would lack something is a matter of
// chance.
func TestTemplateBudget(t *testing.T) {
	f := hugoFiles("", "layouts/shortcodes/own.html", "{{ range seq 2000 }}{{ end }}x", "content/a.md", strings.Repeat("{{< own />}}\n", 30), "content/b.md", strings.Repeat("{{< own />}}\n", 30))
	f.Settings.Lenient, f.Now = true, noon
	snapshot, err := f.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	blog, err := snapshot.Blog(t.Context(), (&built{}).site())
	if err != nil {
		t.Fatal(err)
	}
	blog.layoutSite(0)
	blog.layoutSites.budget = gotmpl.NewBudget(gotmpl.MaxCost / 10)
	err = blog.Run(t.Context(), &built{}, &built{before: &built{}, pages: map[content.Key]content.Page{}})
	if err == nil || !strings.Contains(describe(err), "the templates of this site together do more than they may") {
		t.Errorf("the error is %v", err)
	}
}
