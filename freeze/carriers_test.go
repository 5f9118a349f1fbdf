package freeze

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/content"
)

// carrierCases are references outside of plain HTML, CSS and feeds.
var carrierCases = []struct {
	name, media, body string
	want              []string
}{
	{"pictures of a page", "text/html", `<meta property="og:image" content="/og.png"><meta name="twitter:image" content="https://x.example/t.png"><meta property="og:url" content="/no"><meta name="og:image:secure_url" content="/s.png"><meta property="og:image:alt" content="/no"><meta name=description content="/no">`,
		[]string{"asset /og.png", "asset https://x.example/t.png", "asset /s.png"}},
	{"svg in a page", "text/html", `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><use href="/u.svg#a"/><script href="/s.js"/><feImage xlink:href="/fe.png"/><linearGradient href="/g.svg#x"/><a href="/in"/></svg><script href="/odd"></script>`,
		[]string{"asset /u.svg", "asset /s.js", "asset /fe.png", "asset /g.svg", "page /in", "page /odd"}},
	{"svg file", "image/svg+xml", `<?xml version="1.0"?><?xml-stylesheet type="text/css" href="/s.css?a=1&amp;b"?><svg xmlns="http://www.w3.org/2000/svg"><image href="i.png"/><a href="/page"/><style><![CDATA[@import "/c.css";]]></style></svg>`,
		[]string{"asset /s.css?a=1&b", "asset i.png", "page /page", "style /c.css"}},
	{"an instruction in HTML is a comment", "text/html", `<?xml-stylesheet href="/no"?><a href="/yes">`, []string{"page /yes"}},
	{"embedded", "text/html", `<object data="/o.pdf"></object><embed src="/e.svg"><video><track src="/t.txt" kind=captions></video><object><param name=movie value="/no"></object>`,
		[]string{"asset /o.pdf", "asset /e.svg", "asset /t.txt"}},
	{"JSON-LD", "text/html", `<script type="application/ld+json">{"@context":"https://schema.org","@id":"https:\/\/x.example\/a#me","url":"https://x.example/a","image":["https://x.example/1.png",{"@type":"ImageObject","url":"https://x.example/2.png"},"https://x.example/3.png"],"logo":"/relative","target":"https://x.example/s?q={q}","name":"https://x.example/no","itemListElement":[{"item":"https://x.example/b"},{"item":{"@id":"https://x.example/c"}}]}</script><script>{"url":"https://x.example/no"}</script>`,
		[]string{"hint https://x.example/a", "hint https://x.example/a", "hint https://x.example/1.png", "hint https://x.example/2.png", "hint https://x.example/3.png", "hint https://x.example/b", "hint https://x.example/c"}},
	{"broken JSON-LD", "text/html", `<script type="application/ld+json">{"url":"https://x.example/a", oops, "url" "https://x.example/b"}]]{"url":"https://x.example/no"}</script><a href="/after">`,
		[]string{"hint https://x.example/a", "page /after"}},
	{"a template in JSON-LD", "text/html", `<script type="application/ld+json">{"url":"https://x.example/{{ slug }}"}</script>`, nil},
	{"web manifest", "application/manifest+json", `{"name":"x","start_url":"/?home","scope":"/no","icons":[{"src":"i/192.png","sizes":"192x192"},{"src":"\/i\/512.png"}],"screenshots":[{"src":"/s.webp"}],"shortcuts":[{"name":"n","url":"/new","icons":[{"src":"/n.png"}]}],"related_applications":[{"url":"https://play.example/no"}],"share_target":{"action":"/no"}}`,
		[]string{"page /?home", "asset i/192.png", "asset /i/512.png", "asset /s.webp", "page /new", "asset /n.png"}},
	{"web manifest as JSON", "application/json", `{"start_url":"/","icons":[{"src":"/i.png"}]}`, []string{"page /", "asset /i.png"}},
	{"module", "text/javascript", `import a from "./a.js"; import {b as c, default as d} from '../b.js'
import * as e from "/e.js"
import "./side.js"; import f, {g} from"./f.js";export {h} from "./h.js"; export * from "./i.js"; export * as j from './j.js'
const k = await import("./k.js"), l = import('./l.js', {with: {type: "json"}}), m = import(` + "`./m.js`" + `)
import "bare"; import "https://cdn.example/x.js"; import n from "@scope/n"; import.meta.url; import(name); import("./no" + n); x.import("./no.js"); x.from("./no.js")
import data from "./data.json" with { type: "json" }; export default import("./last.js")`,
		[]string{"asset ./a.js", "asset ../b.js", "asset /e.js", "asset ./side.js", "asset ./f.js", "asset ./h.js", "asset ./i.js", "asset ./j.js", "asset ./k.js", "asset ./l.js", "asset ./m.js", "asset ./data.json", "asset ./last.js"}},
	{"no semicolons", "text/javascript", "export {a, b}\nimport './c.js'\nexport const x = 1\nimport from from './d.js'", []string{"asset ./c.js", "asset ./d.js"}},
	{"what only looks like an import", "text/javascript", `// import "./no1.js"
/* import "./no2.js" */ const a = "import './no3.js'", b = 'import("./no4.js")', c = ` + "`import \"./no5.js\" ${ `import('./no6.js')` } import './no7.js'`" + `
const d = /import ".\/no8.js"/, e = /["']/.test(x) ? 1 / 2 : 3 / 4, f = {import: "./no9.js", from: "./no10.js"}
if (x) /'/.exec(y); function g() {} /"/.exec(z); i++ / 2; (a + b) / 2; x = {} / 1; return /[/"]/g; import "./yes.js"
const t = ` + "`${ /`/.test(a) ? import('./hole.js') : {} }`; [...import('./spread.js')]; class A { #import(x) {} import() {} }",
		[]string{"asset ./yes.js", "asset ./hole.js", "asset ./spread.js"}},
	{"inline modules", "text/html", `<base href="/app/"><script type="module">import "./m.js"; let s = "<a href='/no'>"</script><script>import("./classic.js")</script><script type="text/x-template">import "./no.js"</script><script type="importmap">{"imports":{"app":"/app-1f.js","lib/":"/lib/","cdn":"https://cdn.example/x.js","rel":"./r.js"},"scopes":{"/a/":{"x":"/no.js"}}}</script>`,
		[]string{"asset ./m.js base /app/", "asset /app-1f.js base /app/", "asset ./r.js base /app/"}},
	{"source map of a script", "text/javascript", "var a = 'sourceMappingURL=no'\n//# sourceMappingURL=a.js.map\n", []string{"hint a.js.map"}},
	{"source map of a style sheet", "text/css", "a{background:url(/b.png)}\n/*# sourceMappingURL=a.css.map */", []string{"asset /b.png", "hint a.css.map"}},
	{"source map within", "text/javascript", "//# sourceMappingURL=data:application/json;base64,e30=", nil},
	{"no source map", "text/javascript", "//# sourceMappingURL=old.map\nf()\nvar s = '//# sourceMappingURL=' + x", nil},
	{"XSL", "application/xml", `<?xml version="1.0"?><xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:import href="base.xsl"/><xsl:include href="/more.xsl"/><xsl:template match="/"><link rel="stylesheet" href="/s.css"/><link href="{$x}"/></xsl:template></xsl:stylesheet>`,
		[]string{"asset base.xsl", "asset /more.xsl", "page /s.css"}},
	{"pictures in feeds and sitemaps", "application/rss+xml", `<?xml-stylesheet type="text/xsl" href="/f.xsl"?><rss><channel><image><url>https://x.example/l.png</url></image><itunes:image href="/it.png"/><icon>/i.ico</icon><video:thumbnail_loc>/th.png</video:thumbnail_loc></channel></rss>`,
		[]string{"asset /f.xsl", "asset https://x.example/l.png", "asset /it.png", "asset /i.ico", "asset /th.png"}},
	{"text", "text/plain", "Sitemap: /no.xml", nil},
}

func lines(links []Link) []string {
	var out []string
	for _, l := range links {
		line := map[Kind]string{PageLink: "page ", AssetLink: "asset ", StyleLink: "style ", HintLink: "hint "}[l.Kind] + l.URL
		if l.Base != "" {
			line += " base " + l.Base
		}
		out = append(out, line)
	}
	return out
}

func TestCarriers(t *testing.T) {
	for _, test := range carrierCases {
		t.Run(test.name, func(t *testing.T) {
			r := textResponse(test.media, test.body)
			if got := lines(Links(r)); !slices.Equal(got, test.want) {
				t.Errorf("links\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			if string(r.Body) != test.body {
				t.Errorf("the body was changed to %q", r.Body)
			}
		})
	}
}

// linkHeaders also seed a fuzz test. The first are the examples of RFC 8288.
var linkHeaders = []struct {
	value string
	want  []string
}{
	{`<http://example.com/TheBook/chapter2>; rel="previous"; title="previous chapter"`, []string{"page http://example.com/TheBook/chapter2"}},
	{`</>; rel="http://example.net/foo"`, []string{"page /"}},
	{`</terms>; rel="copyright"; anchor="#foo"`, nil},
	{`</TheBook/chapter2>; rel="previous"; title*=UTF-8'de'letztes%20Kapitel, </TheBook/chapter4>; rel="next"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel`, []string{"page /TheBook/chapter2", "page /TheBook/chapter4"}},
	{`</a.css>;rel=preload;as=style, </b.js>; rel="modulepreload", <https://cdn.example>; rel=preconnect; crossorigin, <//d.example>; rel=dns-prefetch`, []string{"asset /a.css", "asset /b.js"}},
	{`</s.css>; REL="StyleSheet"`, []string{"style /s.css"}},
	{`</a,b;c>; title="x, <no>; rel=next"; rel=next`, []string{"page /a,b;c"}},
	{`</a>; title="a \" b, "; rel = canonical ; x`, []string{"page /a"}},
	{`</i.png>; rel=preload; as=image; imagesrcset="/i1.png 1x, /i2.png 2x"`, []string{"asset /i.png", "asset /i1.png", "asset /i2.png"}},
	{`</no>; rel=preconnect; rel=next`, nil},
	{`</no>`, nil},
	{`</no>; rel="next`, nil},
	{`<unfinished`, nil},
	{`no link; rel=next`, nil},
	{`,,, <>; rel=self, </b>; rel=self`, []string{"page /b"}},
}

func TestLinkHeaders(t *testing.T) {
	for _, test := range linkHeaders {
		r := Response{Status: 200, Header: http.Header{"Link": {test.value}}}
		if got := lines(Links(r)); !slices.Equal(got, test.want) {
			t.Errorf("%s\ngives %q, want %q", test.value, got, test.want)
		}
	}
}

func FuzzLinkHeader(f *testing.F) {
	for _, test := range linkHeaders {
		f.Add(test.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, l := range Links(Response{Status: 200, Header: http.Header{"Link": {value}}}) {
			if !strings.Contains(strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(value), l.URL) {
				t.Fatalf("%q is not in %q", l.URL, value)
			}
		}
	})
}

// FuzzScript wants no panic, an end, only paths that stand there, and what stands
// before a script of any kind to be found.
func FuzzScript(f *testing.F) {
	for _, test := range carrierCases {
		if test.media == "text/javascript" {
			f.Add(test.body)
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		links := Links(textResponse("text/javascript", "import './first.js'\n"+body))
		if len(links) == 0 || links[0].URL != "./first.js" {
			t.Fatalf("the first import is lost: %v", links)
		}
		for _, l := range links[1:] {
			if l.Kind != HintLink && l.URL[0] != '/' && l.URL[0] != '.' {
				t.Fatalf("imports %q", l.URL)
			}
		}
	})
}

// FuzzJSON holds the scanner to encoding/json: of what is JSON it yields exactly
// the strings that are values.
func FuzzJSON(f *testing.F) {
	for _, test := range carrierCases {
		if strings.HasSuffix(test.media, "json") {
			f.Add(test.body)
		}
	}
	for _, seed := range []string{`{"a":["b",{"":"c"},"d",["e"]],"f":"g"}`, `"a"`, `[[],{},"\u0041"]`, `{"a":{"b":"c"},"d":"e"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var got []string
		jsonStrings([]byte(body), func(parent, key string, value []byte) {
			got = append(got, parent+"|"+key+"|"+string(value))
		})
		if !json.Valid([]byte(body)) || strings.Count(body, "{")+strings.Count(body, "[") > maxNesting-2 {
			return
		}
		var want []string
		walkJSON(json.NewDecoder(strings.NewReader(body)), "", "", &want)
		for i := range got { // the decoder repairs what is not UTF-8
			got[i] = strings.ToValidUTF8(got[i], "\ufffd")
		}
		if strings.ContainsRune(body, '\ufffd') || strings.ToValidUTF8(body, "") != body || strings.Contains(body, `\u`) {
			return
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

// walkJSON lists the strings as encoding/json has them.
func walkJSON(d *json.Decoder, parent, key string, out *[]string) {
	token, err := d.Token()
	if err != nil {
		return
	}
	switch token := token.(type) {
	case string:
		*out = append(*out, parent+"|"+key+"|"+token)
	case json.Delim:
		for d.More() {
			if token == '[' {
				walkJSON(d, parent, key, out)
				continue
			}
			name, _ := d.Token()
			walkJSON(d, key, name.(string), out)
		}
		d.Token()
	}
}

// Scripts and JSON that were made to be slow.
func TestHugeScripts(t *testing.T) {
	start := time.Now()
	for name, body := range map[string]string{
		"open expressions": "import;" + strings.Repeat("=/[", 500_000),
		"open templates":   "import;" + strings.Repeat("`${", 500_000),
		"open braces":      "import;" + strings.Repeat("({", 500_000),
		"open comments":    "import;" + strings.Repeat("/*", 500_000),
		"open strings":     "import;" + strings.Repeat("'\n", 500_000),
		"imports":          strings.Repeat("import ", 300_000),
		"exports":          strings.Repeat("export ", 300_000),
		"nested exports":   strings.Repeat("export {a}\n", 100_000),
		"spaces":           "import;" + strings.Repeat("+ /", 500_000),
	} {
		if n := len(Links(textResponse("text/javascript", body))); n > 0 {
			t.Errorf("%s: %d links", name, n)
		}
	}
	for _, body := range []string{strings.Repeat("[", 1_000_000), strings.Repeat(`{"a":`, 300_000), strings.Repeat(`"\`, 500_000), strings.Repeat(`"a",`, 500_000)} {
		Links(textResponse("application/manifest+json", body))
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

// Each of these sites has pages that only one carrier leads to.
func TestCrawlByCarrier(t *testing.T) {
	sitemap := `<urlset><url><loc>/from-gz</loc></url></urlset>`
	for _, test := range []struct {
		name    string
		crawler *Crawler
		site    routes
		frozen  []string
		left    []string
	}{
		{"headers of the app", &Crawler{},
			routes{
				"/":       page("<p>x", content.LinksHeader, "/a, /b/", content.LinksHeader, "c", content.TagHeader, "home"),
				"/a":      page(`<p>a<a href="/d">d</a>`, content.FreezeHeader, " No "),
				"/b/":     page("<p>b", "Link", `<next>; rel=next, </s.css>; rel=preload`, content.FreezeHeader, "yes"),
				"/c":      page("<p>c", content.FreezeHeader, "perhaps"),
				"/d":      page("<p>d"),
				"/b/next": page("<p>n"),
				"/s.css":  typed("text/css", "a{}"),
			}, []string{"/", "/b/", "/b/next", "/d", "/s.css"}, []string{"/a app", "/c app"}},
		{"a header of what cannot be frozen", &Crawler{},
			routes{"/": typed("application/zip", "PK", "Link", "</a>; rel=next"), "/a": page("<p>a")}, []string{"/a"}, []string{"/ media"}},
		{"modules and maps", &Crawler{},
			routes{
				"/":              page(`<link rel=manifest href="/m.webmanifest"><script type=module src="/js/a.js"></script>`),
				"/m.webmanifest": typed("application/manifest+json", `{"start_url":"/start","icons":[{"src":"i.png"}]}`),
				"/start":         page("<p>s"), "/i.png": typed("image/png", "\x89PNG"),
				"/js/a.js":     typed("text/javascript", "import './b.mjs'\n//# sourceMappingURL=a.js.map"),
				"/js/a.js.map": typed("application/json", "{}"),
				"/js/b.mjs":    typed("text/javascript", "import('../c.js')\n//# sourceMappingURL=gone.map"),
				"/c.js":        typed("text/javascript", "import './gone.js'"),
			}, []string{"/", "/c.js", "/i.png", "/js/a.js", "/js/a.js.map", "/js/b.mjs", "/m.webmanifest", "/start"}, []string{"/gone.js status"}},
		{"a hint that somebody links to", &Crawler{},
			routes{"/": page(`<script type="application/ld+json">{"url":["http://HOST/x","http://HOST/y","http://HOST/z"]}</script><a href="/y">y</a>`), "/z": status(500)},
			[]string{"/"}, []string{"/y status", "/z status"}},
		{"sitemaps of robots.txt", &Crawler{URL: "/shop/"},
			routes{
				"/shop/":          page("<p>shop"),
				"/robots.txt":     typed("text/plain; charset=utf-8", "\ufeffUser-agent: *\r\nDisallow: /shop/\r\nsitemap : /deep/index.xml # all\r\nSitemap: https://other.example/no.xml\r\n"),
				"/deep/index.xml": typed("text/xml", `<sitemapindex><sitemap><loc>/shop/1.xml</loc></sitemap></sitemapindex>`),
				"/shop/1.xml":     typed("text/xml", `<urlset><url><loc>/shop/a</loc></url><url><loc>/no</loc></url></urlset>`),
				"/shop/a":         page("<p>a"),
			}, []string{"/shop/", "/shop/1.xml", "/shop/a"}, []string{}},
		{"a sitemap that is zipped", &Crawler{},
			routes{
				"/":            page("<p>x"),
				"/robots.txt":  typed("text/plain", "Sitemap: /1.xml.gz\nSitemap: /2.xml.gz\nSitemap: /3.xml.gz\nSitemap: /bad.xml.gz\nSitemap: /bomb.xml.gz"),
				"/1.xml.gz":    typed("application/gzip", zipped(sitemap)),
				"/2.xml.gz":    typed("application/xml", zipped(`<urlset><url><loc>/2</loc></url></urlset>`)),
				"/3.xml.gz":    typed("application/x-gzip", zipped(`<urlset><url><loc>/3</loc></url></urlset>`), "Content-Encoding", "gzip"),
				"/bad.xml.gz":  typed("application/gzip", zipped(sitemap)[:20]),
				"/bomb.xml.gz": typed("application/gzip", zipped(strings.Repeat(" ", 11<<20))),
				"/from-gz":     page("<p>gz"), "/2": page("<p>2"), "/3": page("<p>3"),
			}, []string{"/", "/2", "/3", "/from-gz", "/robots.txt"},
			[]string{"/1.xml.gz media", "/2.xml.gz charset", "/3.xml.gz media", "/bad.xml.gz encoding", "/bomb.xml.gz too-large"}},
		{"seeds of one's own leave robots.txt alone", &Crawler{Seeds: []string{"/"}},
			routes{"/": page("<p>x"), "/robots.txt": typed("text/plain", "Sitemap: /s.xml")}, []string{"/"}, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := crawlSite(t, hosted(test.site), test.crawler)
			if got := b.frozen(); !slices.Equal(got, test.frozen) {
				t.Errorf("frozen %q\nwant   %q", got, test.frozen)
			}
			if got := b.reasons(); !slices.Equal(got, test.left) {
				t.Errorf("left %q\nwant %q", got, test.left)
			}
		})
	}
}

// hosted writes the site's own address for HOST in what it answers.
func hosted(site routes) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site.ServeHTTP(&hostWriter{w, r.Host}, r)
	})
}

type hostWriter struct {
	http.ResponseWriter
	host string
}

func (w *hostWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }
func (w *hostWriter) Write(b []byte) (int, error) {
	_, err := w.ResponseWriter.Write(bytes.ReplaceAll(b, []byte("HOST"), []byte(w.host)))
	return len(b), err
}

var _ io.StringWriter = (*hostWriter)(nil)
