package freeze

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"icecap/content"
)

// judgeCases are the rules, each with what it refuses and with what looks like
// it and is fine. They also seed the fuzz test.
var judgeCases = []struct {
	name   string
	url    string   // "" for /page
	header []string // pairs; Content-Type is HTML in UTF-8 unless given
	body   string   // "" for a harmless page
	reason string   // "" for a page that may be frozen
	detail string   // a part of it
}{
	{"a plain page", "", nil, "", "", ""},
	{"cacheable", "", []string{"Cache-Control", "public, max-age=60, must-revalidate", "Vary", "Accept-Encoding", "Etag", `"1"`}, "", "", ""},

	{"no-store", "", []string{"Cache-Control", "no-store"}, "", NoStore, "Cache-Control: no-store"},
	{"no-store in odd case on a second line", "", []string{"Cache-Control", "max-age=60", "Cache-Control", "public, No-Store"}, "", NoStore, "No-Store"},
	{"no-store wins over private", "", []string{"Cache-Control", "private, no-store"}, "", NoStore, ""},
	{"surrogate", "", []string{"Surrogate-Control", "no-store"}, "", NoStore, "Surrogate-Control"},
	{"cdn", "", []string{"CDN-Cache-Control", "private"}, "", Private, ""},
	{"Rails's default", "", []string{"Cache-Control", "max-age=0, private, must-revalidate"}, "", Private, ""},
	{"Laravel's default", "", []string{"Cache-Control", "no-cache, private"}, "", Private, ""},
	{"no-cache", "", []string{"Cache-Control", "no-cache"}, "", NoCache, ""},
	{"no-cache with a field", "", []string{"Cache-Control", `no-cache="Set-Cookie"`}, "", NoCache, ""},
	{"pragma", "", []string{"Pragma", "no-cache"}, "", NoCache, "Pragma"},
	{"an extension with such a word in it", "", []string{"Cache-Control", "x-no-store-ever, max-age=1"}, "", "", ""},

	{"vary on all", "", []string{"Vary", "*"}, "", Vary, ""},
	{"vary on the cookie", "", []string{"Vary", "Accept-Encoding, Cookie"}, "", Vary, "Cookie"},
	{"vary on a second line", "", []string{"Vary", "accept-encoding", "Vary", "Accept-Language"}, "", Vary, "Accept-Language"},
	{"vary on nothing", "", []string{"Vary", ""}, "", "", ""},

	{"a cookie", "", []string{"Set-Cookie", "session=secret; Path=/", "Set-Cookie", "b=2"}, "", Cookie, "Set-Cookie: session, b"},

	{"a draft", "", []string{"X-Statamic-Draft", "true"}, "", Draft, "X-Statamic-Draft"},
	{"a preview token", "", []string{"X-Preview-Token", "abc"}, "", Draft, ""},
	{"no draft", "", []string{"X-Statamic-Draft", "false"}, "", "", ""},

	{"no media type", "", []string{"Content-Type", ""}, "x", Media, "no Content-Type"},
	{"two media types", "", []string{"Content-Type", "text/html", "Content-Type", "text/plain"}, "x", Media, "several"},
	{"an archive", "/a.tar.gz", []string{"Content-Type", "application/gzip"}, "\x1f\x8b", Media, "not in the list"},
	{"web cache deception", "/account/x.css", nil, "", Media, "ends like"},
	{"a style sheet without an ending", "/style", []string{"Content-Type", "text/css"}, "a{}", Media, "served only under"},
	{"a segment that is too long with its suffix", "/" + strings.Repeat("x", 250), nil, "", Path, "too long"},
	{"an encoded slash", "/a%2Fb", nil, "", Path, "encoded"},
	{"a PDF", "/a.pdf", []string{"Content-Type", "application/pdf; charset=ISO-8859-1"}, "%PDF-1.7 \xff\xfe\x00", "", ""},
	{"JSON anywhere", "/api/items", []string{"Content-Type", "application/json"}, `{"a": 1}`, "", ""},
	{"a feed", "/feed/", []string{"Content-Type", "application/rss+xml; charset=UTF-8"}, `<?xml version="1.0" encoding="UTF-8"?><rss/>`, "", ""},

	{"empty", "", nil, " \n", Empty, ""},
	{"an empty style sheet", "/a.css", []string{"Content-Type", "text/css"}, " ", "", ""},

	{"Latin-1 in the header", "", []string{"Content-Type", "text/html; charset=ISO-8859-1"}, "<p>caf\xe9", Charset, "the header says ISO-8859-1"},
	{"Latin-1 in a meta", "", []string{"Content-Type", "text/html"}, `<meta charset="latin1"><p>x`, Charset, "the body says latin1"},
	{"Latin-1 in an old meta", "", []string{"Content-Type", "text/html"}, `<meta http-equiv="Content-Type" content="text/html; charset=windows-1252"><p>x`, Charset, "windows-1252"},
	{"the header wins over the meta", "", nil, `<meta charset="latin1"><p>café`, "", ""},
	{"no charset, but UTF-8", "", []string{"Content-Type", "text/html"}, "<p>café", "", ""},
	{"no charset, and not UTF-8", "", []string{"Content-Type", "text/html"}, "<p>\n\ncaf\xe9", Charset, "line 3"},
	{"a lie", "", nil, "<p>caf\xe9", Charset, "line 1"},
	{"a byte order mark", "", []string{"Content-Type", "text/html"}, "\xef\xbb\xbf<p>x", "", ""},
	{"UTF-16", "", []string{"Content-Type", "text/html"}, "\xff\xfe<\x00p\x00", Charset, "utf-16"},
	{"Latin-1 in an XML declaration", "/feed", []string{"Content-Type", "application/xml"}, `<?xml version='1.0' encoding='ISO-8859-1'?><rss/>`, Charset, "ISO-8859-1"},
	{"Latin-1 in a style sheet", "/a.css", []string{"Content-Type", "text/css"}, `@charset "iso-8859-1"; a{}`, Charset, ""},
	{"Latin-1 in JSON", "/a", []string{"Content-Type", "application/json"}, "\"\xe9\"", Charset, ""},
	{"a picture is no text", "/a.png", []string{"Content-Type", "image/png; charset=binary"}, "\x89PNG\xff", "", ""},

	{"Django's debug page", "", nil, "<title>DoesNotExist</title> You're seeing this error because you have <code>DEBUG = True</code> in your Django settings file.", Debug, "Django"},
	{"Werkzeug's debugger", "", nil, `<script src="?__debugger__=yes&cmd=resource"></script><title>Werkzeug Debugger</title>`, Debug, "Werkzeug"},
	{"a PHP warning", "", nil, "<p>shop</p><br />\n<b>Warning</b>:  mysqli_connect() in <b>/srv/x.php</b> on line <b>3</b>", Debug, "PHP"},
	{"an article about them", "", nil, "<p>Set <code>DEBUG = False</code> in production, or the Werkzeug debugger answers &lt;b&gt;Warning&lt;/b&gt;: on line &lt;b&gt;", "", ""},

	{"a nonce in the header", "", []string{"Content-Security-Policy", "script-src 'nonce-abc'"}, "", Nonce, "Content-Security-Policy"},
	{"a nonce in a report-only header", "", []string{"Content-Security-Policy-Report-Only", "script-src 'nonce-abc'"}, "", Nonce, ""},
	{"a nonce in the body", "", nil, `<script nonce="r4nd0m">1</script>`, Nonce, "element"},
	{"a nonce on a style", "", nil, `<link rel=stylesheet nonce=r4nd0m href=/a.css>`, Nonce, ""},
	{"an empty nonce", "", nil, `<script nonce="">1</script><p nonce=x>`, "", ""},
	{"a policy with hashes", "", []string{"Content-Security-Policy", "script-src 'self' 'sha256-abc'"}, "", "", ""},

	{"Django's form", "", nil, `<form><input type="hidden" name="csrfmiddlewaretoken" value="x1"></form>`, CSRF, "input csrfmiddlewaretoken"},
	{"Laravel's form", "", nil, `<input name=_token value=x1>`, CSRF, ""},
	{"Rails's form", "", nil, `<input value="x1" NAME="authenticity_token">`, CSRF, ""},
	{"ASP.NET's form", "", nil, `<input name="__RequestVerificationToken" value="x1">`, CSRF, ""},
	{"Drupal's form", "", nil, `<input name="form_build_id" value="form-x1">`, CSRF, ""},
	{"WordPress's form", "", nil, `<input name="_wpnonce" value="x1">`, CSRF, ""},
	{"Spring's form", "", nil, `<input name="_csrf" value="x1">`, CSRF, ""},
	{"Rails's meta", "", nil, `<meta name="csrf-param" content="authenticity_token"><meta name="csrf-token" content="x1">`, CSRF, "meta csrf-token"},
	{"htmx's header", "", nil, `<body hx-headers='{"X-CSRFToken": "abcdef012345"}'>`, CSRF, "script X-CSRFToken"},
	{"Livewire's attribute", "", nil, `<script src="/l.js" data-csrf="x1"></script>`, CSRF, "attribute csrf"},
	{"inline JSON", "", nil, `<script>window.App = {"user": null, "csrfToken": "abcdef012345"}</script>`, CSRF, "script csrfToken"},
	{"an assignment", "", nil, `<script>window["XSRF_TOKEN"] = 'abcdef012345'</script>`, CSRF, ""},
	{"WordPress's settings", "", nil, `<script id="wp-api">var wpApiSettings = {"root":"\/wp-json\/","nonce":"0a1b2c3d4e"};</script>`, CSRF, "nonce"},
	{"an API answer", "/api/session", []string{"Content-Type", "application/json"}, `{"csrf_token": "abcdef012345"}`, CSRF, ""},
	{"a token in a link", "", nil, `<a href="/delete-all?_wpnonce=0a1b2c3d4e">x</a>`, CSRF, "link with _wpnonce"},
	{"an empty token", "", nil, `<input name="csrf_token" value=""><meta name="csrf-token" content>`, "", ""},
	{"an article about tokens", "", nil, `<p>Put csrf_token: "abcdef012345" into a field &lt;input name="csrf_token" value="x"&gt;.<pre>{"csrfToken": "abcdef012345"}</pre>`, "", ""},
	{"code that fetches the token", "", nil, `<script>const csrftoken = getCookie('csrftoken'); fetch(u, {headers: {'X-CSRFToken': csrftoken}}); axios.defaults.xsrfHeaderName = "X-CSRFTOKEN"; axios.defaults.xsrfCookieName = "csrftoken"; s.setAttribute("nonce", n)</script>`, "", ""},
	{"a search form", "", nil, `<form><input name="q" value="csrf_token"><input name="token-ring" value="x"></form>`, "", ""},

	{"a Java session", "", nil, `<a href="/cart;jsessionid=0123456789ABCDEF0123">x</a>`, Session, "jsessionid"},
	{"a PHP session in a form", "", nil, `<form action="?PHPSESSID=0123456789abcdef0123"></form>`, Session, "PHPSESSID"},
	{"a short sid", "", nil, `<a href="/story?sid=42">x</a>`, "", ""},

	{"the declared header", "", []string{"X-Frame-Options", "DENY"}, "", "", ""},
	{"another value", "", []string{"X-Frame-Options", "SAMEORIGIN"}, "", Header, "X-Frame-Options: SAMEORIGIN"},

	{"the private address", "", nil, "<p>\n<a href=\"http://127.0.0.1:8000/x\">", Leak, "line 2 shows 127.0.0.1:8000"},
	{"the private address in JSON", "/api", []string{"Content-Type", "application/json"}, `{"next": "http:\/\/127.0.0.1:8000\/2"}`, Leak, ""},
	{"the private address in a parameter", "", nil, `<a href="https://share.example/?u=http%3A%2F%2F127.0.0.1%3A8000%2Fx">`, Leak, "127.0.0.1%3A8000"},
	{"another port", "", nil, "<p>127.0.0.1:80001 and 1127.0.0.1:8000 and 127.0.0.1:800", "", ""},
	{"in a picture", "/a.png", []string{"Content-Type", "image/png"}, "127.0.0.1:8000", "", ""},
}

func judgeCase(i int) (*Response, Rules) {
	test := judgeCases[i]
	address, err := url.Parse("http://127.0.0.1:8000" + test.url)
	if test.url == "" {
		address, err = url.Parse("http://127.0.0.1:8000/page")
	}
	if err != nil {
		panic(err)
	}
	r := &Response{URL: address, Status: 200, Header: http.Header{}, Body: []byte(test.body)}
	if test.body == "" {
		r.Body = []byte("<!doctype html><title>t</title><p>hello")
	}
	for i := 0; i < len(test.header); i += 2 {
		r.Header.Add(test.header[i], test.header[i+1])
	}
	if _, ok := r.Header["Content-Type"]; !ok {
		r.Header.Set("Content-Type", "text/html; charset=utf-8")
	}
	return r, Rules{
		Headers: []content.Header{{Name: "x-frame-options", Value: "DENY"}, {Name: "Referrer-Policy", Value: "no-referrer"}},
		Leaks:   []string{"127.0.0.1:8000", "127.0.0.1%3A8000"},
	}
}

func TestJudge(t *testing.T) {
	for i, test := range judgeCases {
		t.Run(test.name, func(t *testing.T) {
			r, rules := judgeCase(i)
			before := bytes.Clone(r.Body)
			v := Judge(r, nil, rules)
			if v.Reason != test.reason || !strings.Contains(v.Detail, test.detail) || v.Failed {
				t.Errorf("verdict %+v, want %q with %q", v, test.reason, test.detail)
			}
			if !bytes.Equal(before, r.Body) {
				t.Error("the body was changed")
			}
			if strings.Contains(v.Detail, "secret") {
				t.Errorf("the detail %q tells a cookie's value", v.Detail)
			}
		})
	}
}

func TestJudgeStatus(t *testing.T) {
	for _, test := range []struct {
		status   int
		location string
		want     Verdict
	}{
		{201, "", Verdict{Reason: Status, Detail: "201 Created", Failed: false}},
		{204, "", Verdict{Reason: Status, Detail: "204 No Content", Failed: false}},
		{206, "", Verdict{Reason: Status, Detail: "206 Partial Content", Failed: false}},
		{301, "/b", Verdict{Reason: Redirect, Detail: "/b", Failed: false}},
		{308, "https://x.example/", Verdict{Reason: Redirect, Detail: "https://x.example/", Failed: false}},
		{302, "", Verdict{Reason: Status, Detail: "302 Found", Failed: false}},
		{304, "/b", Verdict{Reason: Status, Detail: "304 Not Modified", Failed: false}},
		{404, "", Verdict{Reason: Status, Detail: "404 Not Found", Failed: false}},
		{410, "", Verdict{Reason: Status, Detail: "410 Gone", Failed: false}},
		{429, "", Verdict{Reason: Status, Detail: "429 Too Many Requests", Failed: true}},
		{500, "", Verdict{Reason: Status, Detail: "500 Internal Server Error", Failed: true}},
		{599, "", Verdict{Reason: Status, Detail: "599", Failed: true}},
	} {
		r := &Response{Status: test.status, Header: http.Header{}}
		if test.location != "" {
			r.Header.Set("Location", test.location)
		}
		if v := Judge(r, nil, Rules{}); v != test.want {
			t.Errorf("status %d: %+v, want %+v", test.status, v, test.want)
		}
	}
}

// FuzzJudge wants no panic and no changed body, and that whatever may be frozen
// has a file name.
func FuzzJudge(f *testing.F) {
	for i := range judgeCases {
		r, _ := judgeCase(i)
		f.Add(r.URL.EscapedPath(), r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"), r.Body)
	}
	f.Fuzz(func(t *testing.T, path, media, control string, body []byte) {
		u := &url.URL{Scheme: "http", Host: "x", Path: path}
		if parsed, err := url.Parse("http://x" + path); err == nil {
			u = parsed
		}
		before := bytes.Clone(body)
		r := &Response{URL: u, Status: 200, Header: http.Header{"Content-Type": {media}, "Cache-Control": {control}}, Body: body}
		v := Judge(r, nil, Rules{Leaks: []string{"127.0.0.1:8000"}})
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
		if v.Reason != "" {
			return
		}
		p, err := content.ParsePath(u.EscapedPath())
		if err != nil {
			t.Fatalf("%q may be frozen, but %v", path, err)
		}
		if _, err := p.File("", media); err != nil {
			t.Fatalf("%q may be frozen as %q, but %v", path, media, err)
		}
	})
}
