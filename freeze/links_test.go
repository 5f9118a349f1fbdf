package freeze

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// linkCases are the link carriers and their traps; they also seed the fuzz test
// and feed the differential test.
var linkCases = []struct {
	name, media, body string
	want              []string // "page URL" or "asset URL", with " base URL" where there is one
}{
	{"anchors", "text/html", `<a href="/a">a</a><A HREF='/b'>b</A><a href=/c>c</a><area href="/d"><a name=x>no</a>`,
		[]string{"page /a", "page /b", "page /c", "page /d"}},
	{"white space and entities", "text/html", "<a href=\" \n/a?x=1&amp;y=2 \">a</a><a href='/caf&eacute;'>b</a><a href='/x?a=1&copy=2'>c</a><a href='/tab\tand\nline'>d</a>",
		[]string{"page /a?x=1&y=2", "page /café", "page /x?a=1&copy=2", "page /tabandline"}},
	{"fragments", "text/html", `<a href="#top">t</a><a href="/a#b">a</a><a href="">e</a><a href="?#x">q</a>`,
		[]string{"page /a", "page ?"}},
	{"no web", "text/html", `<a href="mailto:a@b.c">m</a><a href="tel:1">t</a><img src="data:image/png;base64,AAAA"><a href="JavaScript:void(0)">j</a><a href="ftp://x/">f</a><a href="HTTPS://x.example/y">h</a><a href="a:b">odd</a><a href="/a:b">path</a><a href="1:2">digit</a>`,
		[]string{"page HTTPS://x.example/y", "page /a:b", "page 1:2"}},
	{"templates of scripts", "text/html", `<a href="{{ url }}">a</a><a href="/x/{{id}}">b</a><template><a href="/no"></a><template></template><img src="/no.png"></template><a href="/yes">y</a><template shadowrootmode="open"><a href="/shadow">s</a></template>`,
		[]string{"page /yes", "page /shadow"}},
	{"images", "text/html", `<img src="/a.png" srcset="/a1.png 1x, /a2.png 2x" data-src="/lazy.png" data-srcset="/l1.png 480w"><source srcset="/s.webp, /t.webp 2x," ><video poster="/p.jpg" src="/v.mp4"><track src="/t.txt"></video><input type=image src="/i.png"><body background="/bg.gif">`,
		[]string{"asset /a.png", "asset /a1.png", "asset /a2.png", "asset /lazy.png", "asset /l1.png", "asset /s.webp", "asset /t.webp", "asset /p.jpg", "asset /v.mp4", "asset /t.txt", "asset /i.png", "asset /bg.gif"}},
	{"pictures that a script loads late", "text/html", `<img data-lazy-src="/1.png" data-lazy-srcset="/2.png 2x" data-original="/3.png" data-original-title="/no"><div data-bg="url('/4.png')" data-background="/5.png" data-poster="{poster}/no"></div><i data-original="A title" data-bg="red" data-lazy="true">`,
		[]string{"asset /1.png", "asset /2.png", "hint /3.png", "asset /4.png", "hint /5.png"}},
	{"srcset with data and commas", "text/html", `<img srcset="data:image/gif;base64,AA,BB 1x, /a,b.png 2x,
	/c.png (max-width: 1px, 2px) 3x , /d.png">`,
		[]string{"asset /a,b.png", "asset /c.png", "asset /d.png"}},
	{"link elements", "text/html", `<link rel="stylesheet" href="/s.css"><link rel="preconnect" href="https://cdn.example"><link rel="dns-prefetch" href="//x.example"><link rel=canonical href="/self"><link rel="alternate stylesheet" href="/alt.css"><link rel="preload" as="image" imagesrcset="/i1.png 1x" href="/i.png"><link rel="pingback" href="/xmlrpc.php"><link rel="ALTERNATE" href="/feed">`,
		[]string{"style /s.css", "page /self", "asset /alt.css", "asset /i.png", "asset /i1.png", "page /feed"}},
	{"other elements", "text/html", `<iframe src="/frame"></iframe><object data="/o.svg"></object><embed src="/e.svg"><script src="/s.js"></script><audio src="/a.mp3"></audio><frame src="/f">`,
		[]string{"page /frame", "asset /o.svg", "asset /e.svg", "asset /s.js", "asset /a.mp3", "page /f"}},
	{"base", "text/html", `<link rel=icon href="i.ico"><base href="/dir/"><base href="/other/"><a href="x">x</a>`,
		[]string{"asset i.ico", "page x base /dir/"}},
	{"refresh", "text/html", `<meta http-equiv="Refresh" content="5; URL='/next'"><meta http-equiv=refresh content="0;/plain"><meta http-equiv=refresh content="30"><meta name=refresh content="0; url=/no">`,
		[]string{"page /next", "page /plain"}},
	{"styles", "text/html", `<style>@import "/i.css"; body { background: url( '/a.png' ) }</style><p style="background:url(&quot;/b.png&quot;)">x</p><p style="background:URL(/c.png)"></p><style>.x { content: "url(/no.png)" } /* url(/no2.png) */</style>`,
		[]string{"style /i.css", "asset /a.png", "asset /b.png", "asset /c.png"}},
	{"comments that end at once", "text/html", `<!--><a href="/a"></a><!---><a href="/b"></a><!-- --!><a href="/c"></a><!-- <a href="/no"> -> --><a href="/d"></a>`,
		[]string{"page /a", "page /b", "page /c", "page /d"}},
	{"an import alone", "text/html", `<style>@import "/a.css";</style>`, []string{"style /a.css"}},
	{"what is text", "text/html", `<!-- <a href="/no1"> --><!--[if IE]><a href="/no2"><![endif]--><script>"<a href='/no3'>"</script><textarea><a href="/no4"></textarea><title><a href="/no5"></title><noscript><a href="/yes"></noscript><xmp><a href="/no6"></xmp>`,
		[]string{"page /yes"}},
	// A lone quotation mark in an SVG text once hid the rest of the page.
	{"svg", "text/html", `<svg viewBox="0 0 1 1"><text>5" wide</text><use xlink:href="/sprite.svg#a"/><use href="#local"/><image href="/pic.png"/><a xlink:href="/in"><path/></a></svg><a href="/after">a</a><SVG/><math><mi>x"</mi></math><a href="/last">l</a><xml>"</xml><a href="/end">e</a>`,
		[]string{"asset /sprite.svg", "asset /pic.png", "page /in", "page /after", "page /last", "page /end"}},
	{"broken markup", "text/html", `<a href="/a"<a href="/b">x</a><a href="/c" href="/no"><a href='/d'/><p <a href=/e>`,
		[]string{"page /a", "page /b", "page /c", "page /no", "page /d", "page /e"}}, // a browser would not see /b and /no
	{"unfinished", "text/html", `<a href="/a">a</a><a href="/cut`, []string{"page /a"}},
	{"svg file", "image/svg+xml", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><style>@import url(/s.css);</style><image xlink:href="/i.png"/></svg>`,
		[]string{"style /s.css", "asset /i.png"}},
	{"css", "text/css", `@charset "utf-8"; @import "a.css"; @import url("b.css") screen; @import url(c.css);
a { background: url(d.png), url( "e f.png" ), url('g\(1\).png') } @font-face { src: url(/f.woff2) format("woff2") } b { content: "no.css"; background: url(data:image/png;base64,AA) } c { background: url(\68 .png) }`,
		[]string{"style a.css", "style b.css", "style c.css", "asset d.png", "asset e f.png", "asset g(1).png", "asset /f.woff2", "asset h.png"}},
	{"rss", "application/rss+xml", `<?xml version="1.0"?><?xml-stylesheet href="/feed.xsl"?><rss xmlns:atom="http://www.w3.org/2005/Atom"><channel><link>https://x.example/</link><atom:link href="https://x.example/feed" rel="self"/><item><link>
https://x.example/1 </link><guid>https://x.example/1?p=1</guid><enclosure url="/e.mp3" length="1"/><description><![CDATA[<a href="/no">]]></description></item><item><link><![CDATA[/2]]></link><guid isPermaLink="false">https://x.example/no</guid><guid>tag:1</guid></item></channel></rss>`,
		[]string{"asset /feed.xsl", "page https://x.example/", "page https://x.example/feed", "page https://x.example/1", "page https://x.example/1?p=1", "asset /e.mp3", "page /2"}},
	{"atom", "application/atom+xml", `<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/><entry><link rel="alternate" href="/a&amp;b"/><content type="html">&lt;a href="/no"&gt;</content></entry></feed>`,
		[]string{"page /", "page /a&b"}},
	{"sitemap", "application/xml", `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="x"><url><loc>https://x.example/a</loc><lastmod>2026-01-01</lastmod><image:image><image:loc>https://x.example/i.png</image:loc></image:image></url><url><loc> /b </loc></url></urlset>`,
		[]string{"page https://x.example/a", "page https://x.example/i.png", "page /b"}},
	{"sitemap index", "text/xml", `<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap><!-- <loc>/no.xml</loc> --></sitemapindex>`, []string{"page /s1.xml"}},
	{"entity bomb", "application/xml", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>/&b;</loc></url></urlset>`, []string{"page /&b;"}},
	{"json", "application/json", `{"url": "/no"}`, nil},
	{"nothing", "text/html", "", nil},
}

func textResponse(media, body string) Response {
	return Response{Status: 200, Header: http.Header{"Content-Type": {media}}, Body: []byte(body)}
}

func TestLinks(t *testing.T) {
	for _, test := range linkCases {
		t.Run(test.name, func(t *testing.T) {
			r := textResponse(test.media, test.body)
			var got []string
			for _, l := range Links(r) {
				line := map[Kind]string{PageLink: "page ", AssetLink: "asset ", StyleLink: "style ", HintLink: "hint "}[l.Kind] + l.URL
				if l.Base != "" {
					line += " base " + l.Base
				}
				got = append(got, line)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("links\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			if string(r.Body) != test.body {
				t.Errorf("the body was changed to %q", r.Body)
			}
		})
	}
}

// oracle finds what a real HTML parser has in the attributes that are simplest
// to compare: href of a, area and SVG, src of images, scripts and frames, data
// of objects, pictures of Open Graph.
func oracle(t *testing.T, body string) []string {
	t.Helper()
	root, err := nethtml.ParseWithOptions(strings.NewReader(body), nethtml.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for n := range root.Descendants() {
		if n.Type != nethtml.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			picture := n.Data == "meta" && a.Key == "content" && slices.Contains(n.Attr, nethtml.Attribute{Key: "property", Val: "og:image"})
			embedded := n.Data == "object" && a.Key == "data"
			drawn := n.Namespace == "svg" && a.Key == "href" // xlink:href too
			if a.Namespace == "" && (n.Data == "a" || n.Data == "area") && a.Key == "href" || a.Key == "src" || picture || embedded || drawn {
				s := scan{}
				s.add([]byte(a.Val), PageLink)
				for _, l := range s.links {
					urls = append(urls, string(l.raw))
				}
			}
		}
	}
	return urls
}

// TestLinksLikeAParser holds the lexer to golang.org/x/net/html: whatever a
// browser's tree has, the lexer has seen. It may see more, as in broken markup.
func TestLinksLikeAParser(t *testing.T) {
	bodies := []string{sample(1, 100), strings.Repeat("<div>", 400) + `<a href="/deep">`}
	for _, test := range slices.Concat(linkCases, carrierCases) {
		if test.media == "text/html" && test.name != "templates of scripts" {
			bodies = append(bodies, test.body)
		}
	}
	total := 0
	for _, body := range bodies {
		found := map[string]bool{}
		for _, l := range Links(textResponse("text/html", body)) {
			found[l.URL] = true
		}
		for _, url := range oracle(t, body) {
			total++
			if !found[url] {
				t.Errorf("the parser has %q, the lexer not, in %.200s", url, body)
			}
		}
	}
	if total < 75 {
		t.Errorf("only %d links compared", total)
	}
}

// FuzzLinksLikeAParser does the same with what nobody thought of.
func FuzzLinksLikeAParser(f *testing.F) {
	for _, test := range slices.Concat(linkCases, carrierCases) {
		if test.media == "text/html" {
			f.Add(test.body)
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		// The parser has a tree, which knows what a template or a foreign element
		// is in odd nestings; and it repairs bytes that are not UTF-8, and NULs.
		if strings.ContainsAny(body, "\x00&\r") || !utf8.ValidString(body) || strings.Count(body, "<") > 400 {
			return
		}
		for _, odd := range []string{"template", "svg", "math", "plaintext", "frameset", "{{"} {
			if strings.Contains(strings.ToLower(body), odd) {
				return
			}
		}
		found := map[string]bool{}
		for _, l := range Links(textResponse("text/html", body)) {
			found[l.URL] = true
		}
		for _, url := range oracle(t, body) {
			if !found[url] {
				t.Fatalf("the parser has %q, the lexer not", url)
			}
		}
	})
}

// FuzzLinks wants no panic, no changed byte, and only references to the web.
func FuzzLinks(f *testing.F) {
	for _, test := range slices.Concat(linkCases, carrierCases) {
		f.Add(test.media, []byte(test.body))
	}
	f.Fuzz(func(t *testing.T, media string, body []byte) {
		r := Response{Status: 200, Header: http.Header{"Content-Type": {media}}, Body: body, URL: nil}
		before := bytes.Clone(body)
		for _, l := range Links(r) {
			if l.URL == "" || strings.ContainsAny(l.URL, "#\t\r\n") || !isWeb([]byte(l.URL)) {
				t.Fatalf("the reference %q", l.URL)
			}
		}
		Judge(&r, nil, Rules{})
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
	})
}

// TestHugeMarkup reads pages that were made to be slow.
func TestHugeMarkup(t *testing.T) {
	for name, body := range map[string]string{
		"200,000 levels":   strings.Repeat("<div>", 200_000),
		"200,000 svgs":     strings.Repeat("<svg>", 200_000),
		"open templates":   strings.Repeat("<template>", 100_000),
		"open comments":    strings.Repeat("<!--", 200_000),
		"open scripts":     strings.Repeat("<script><!--<script>", 50_000),
		"many attributes":  "<p " + strings.Repeat("a=b ", 200_000) + ">",
		"nested css":       "<style>" + strings.Repeat("a{", 200_000) + "@",
		"a long parameter": "<a href='/?" + strings.Repeat("a=b&amp;", 100_000) + "'>",
		"equals signs":     "<script>" + strings.Repeat("a='", 200_000) + "</script>",
	} {
		t.Run(name, func(t *testing.T) {
			body += `<a href="/after">`
			if n := len(Links(textResponse("text/html", body))); n > 1 {
				t.Errorf("%d links", n)
			}
		})
	}
	links := Links(textResponse("text/html", strings.Repeat(`<a href="/x">`, 1_000_000)))
	if len(links) != 1_000_000 {
		t.Errorf("%d links of a million", len(links))
	}
}
