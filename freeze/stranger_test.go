package freeze

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const testCanary = "icecaptestcanary"

// pairCases are two strangers' answers to one URL.
var pairCases = []struct {
	name          string
	public        bool
	header        []string // pairs, of both answers
	first, second string
	secondHeader  []string // pairs in addition; ":status" is the status
	masks         []string
	reason        string // "" for a page that may be frozen
	detail        string // a part of it
}{
	{name: "the same", first: "<p>a", second: "<p>a"},
	{name: "private, not declared", header: []string{"Cache-Control", "private"}, first: "<p>a", second: "<p>a", reason: Private},
	{name: "private, declared", public: true, header: []string{"Cache-Control", "max-age=0, private, must-revalidate"}, first: "<p>a", second: "<p>a"},
	{name: "all mild rules at once", public: true, header: []string{"Cache-Control", "no-cache, private", "Pragma", "no-cache", "Set-Cookie", "a=1", "Vary", "Cookie, Accept-Language, User-Agent, Accept, Origin, Authorization"},
		first: `<meta name="csrf-token" content="for all"><a href="/;jsessionid=0123456789ABCDEF0123">`, second: `<meta name="csrf-token" content="for all"><a href="/;jsessionid=0123456789ABCDEF0123">`},

	{name: "no-store is hard", public: true, header: []string{"Cache-Control", "no-store, private"}, first: "<p>a", second: "<p>a", reason: NoStore},
	{name: "no-store behind private is hard", public: true, header: []string{"Cache-Control", "private", "Cache-Control", "no-store"}, first: "<p>a", second: "<p>a", reason: NoStore},
	{name: "private to a cache beside the app is hard", public: true, header: []string{"Cache-Control", "private", "Surrogate-Control", "private"}, first: "<p>a", second: "<p>a", reason: Private, detail: "Surrogate-Control"},
	{name: "vary on all is hard", public: true, header: []string{"Vary", "Cookie", "Vary", "*"}, first: "<p>a", second: "<p>a", reason: Vary, detail: "*"},
	{name: "vary on what nobody tests is hard", public: true, header: []string{"Vary", "X-Country"}, first: "<p>a", second: "<p>a", reason: Vary},
	{name: "a nonce is hard", public: true, header: []string{"Cache-Control", "private"}, first: `<script nonce="r4nd0m">`, second: `<script nonce="r4nd0m">`, reason: Nonce},
	{name: "a draft is hard", public: true, header: []string{"X-Statamic-Draft", "true"}, first: "<p>a", second: "<p>a", reason: Draft},
	{name: "a leak is hard", public: true, header: []string{"Set-Cookie", "a=1"}, first: "<a href=http://127.0.0.1:8000/>", second: "<a href=http://127.0.0.1:8000/>", reason: Leak},

	{name: "a greeting", first: "<p>1\n<p>Hello Anna, welcome", second: "<p>1\n<p>Hello Ben, welcome", reason: Differs, detail: `line 2: <p>Hello …, welcome, here "Anna" and there "Ben"`},
	{name: "one is longer", first: "<p>1\n", second: "<p>1\n<p>more", reason: Differs, detail: `line 2: …, here the end and there "<p>more`},
	{name: "other lines", first: "<p>1\n\n<p>2", second: "<p>1\n<p>2", reason: Differs, detail: `here a new line and there "<p>2"`},
	{name: "a token of an unknown name", first: `<input name="tok" type=hidden value="aX1+b/2=">`, second: `<input name="tok" type=hidden value="aX9+b/3=">`, reason: Differs,
		detail: `line 1, tok: <input name="tok" type=hidden value="…">, here "aX1+b/2=" and there "aX9+b/3="`},
	{name: "a token in a script", first: "<script>\nvar x = {\n tok: 'a1'}</script>", second: "<script>\nvar x = {\n tok: 'b2'}</script>", reason: Differs, detail: `line 3, tok: tok: '…'}`},
	{name: "a token for one visit, declared", public: true, first: "<head>\n<meta name=\"csrf-token\" content=\"secret+1/x==\" />", second: "<head>\n<meta name=\"csrf-token\" content=\"geheim+2/y==\" />",
		reason: CSRF, detail: `line 2, meta csrf-token: <meta name="csrf-token" content="…" />`},
	{name: "a token for all, but another word differs", public: true, first: "<meta name=csrf-token content=x>\n<p>Anna", second: "<meta name=csrf-token content=x>\n<p>Ben", reason: Differs, detail: "line 2"},
	{name: "a token of a form", first: "<p>\n\n<form method=post><input type=hidden name=authenticity_token value=secret></form>", second: "", reason: CSRF, detail: "line 3, input authenticity_token: <form method=post><input type=hidden name=authenticity_token value=…></form>"},

	{name: "a status", first: "<p>a", second: "<p>b", secondHeader: []string{":status", "403"}, reason: Differs, detail: "to a second stranger: status 403 Forbidden"},
	{name: "a redirect", first: "<p>a", second: "", secondHeader: []string{":status", "302", "Location", "/de/"}, reason: Differs, detail: "redirect /de/"},
	{name: "an error", first: "<p>a", second: "", secondHeader: []string{":status", "500"}, reason: Status, detail: "to a second stranger: 500"},
	{name: "a media type", first: "{}", second: "{}", secondHeader: []string{"Content-Type", "application/json"}, reason: Differs, detail: "application/json"},
	{name: "a cookie for telephones", first: "<p>a", second: "<p>a", secondHeader: []string{"Set-Cookie", "m=1"}, reason: Cookie, detail: "to a second stranger: Set-Cookie: m"},
	{name: "a cookie for telephones, declared", public: true, first: "<p>a", second: "<p>a", secondHeader: []string{"Set-Cookie", "m=1"}},
	{name: "no-store for telephones, declared", public: true, first: "<p>a", second: "<p>a", secondHeader: []string{"Cache-Control", "no-store"}, reason: NoStore},

	{name: "a canary in the body", first: "<p>\n<link rel=canonical href=\"https://shop.example.com/\">", second: "<p>\n<link rel=canonical href=\"https://" + testCanary + "a.invalid/\">", reason: Canary,
		detail: "line 2 repeats what X-Forwarded-Host said: <link rel=canonical href=\"https://….invalid/\">"},
	{name: "a canary in a header", first: "<p>a", second: "<p>a", secondHeader: []string{"Link", "<https://" + testCanary + "b.invalid/>; rel=canonical"}, reason: Canary, detail: "the header Link repeats what X-Host said"},
	{name: "a canary, declared", public: true, first: "<p>Mozilla", second: "<p>" + testCanary + "d", reason: Canary, detail: "User-Agent"},
	{name: "a canary that was cut", first: "<p>a", second: "<p>" + testCanary, reason: Canary, detail: "what a header said"},

	{name: "noise", first: "<p>a\n<!-- generated in 1.2 ms -->\n", second: "<p>a\n<!-- generated in 10.25 ms -->\n", masks: []string{`<!-- generated in [0-9.]+ ms -->`}},
	{name: "noise twice, of two masks", first: "1 ms, in 2 s, x", second: "22 ms, in 33 s, x", masks: []string{`[0-9]+ ms`, `in [0-9]+ s`}},
	{name: "noise on one side", first: "<p>a<!-- 1 ms -->", second: "<p>a", masks: []string{`<!-- [0-9]+ ms -->`}, reason: Differs},
	{name: "more than noise", first: "<!-- 1 ms -->\n<p>Anna", second: "<!-- 22 ms -->\n<p>Ben", masks: []string{`<!-- [0-9]+ ms -->`}, reason: Differs, detail: `line 2: <p>…, here "Anna" and there "Ben"`},
	{name: "before the noise", first: "<p>Anna<!-- 1 ms -->", second: "<p>Ben<!-- 22 ms -->", masks: []string{`<!-- [0-9]+ ms -->`}, reason: Differs},
	{name: "no mask hides a page", first: "<!-- " + strings.Repeat("a", 300) + " -->", second: "<!-- " + strings.Repeat("b", 300) + " -->", masks: []string{`<!-- (a|b)+ -->`}, reason: Differs},
	{name: "no mask hides what speaks of a token", first: `<!-- form_token: 1 -->`, second: `<!-- form_token: 2 -->`, masks: []string{`<!-- \w+: [0-9]+ -->`}, reason: Differs},
	{name: "no mask beside a token", public: true, first: "<meta name=csrf-token content=x1><!-- 1 ms -->", second: "<meta name=csrf-token content=x1><!-- 2 ms -->", masks: []string{`<!-- [0-9]+ ms -->`}, reason: Differs},
}

func pairCase(i int) (first, second *Response, rules Rules) {
	test := &pairCases[i]
	answer := func(body string, header ...string) *Response {
		h := http.Header{}
		r := &Response{Status: 200, Header: h, Body: []byte(body)}
		for i := 0; i < len(header); i += 2 {
			if header[i] == ":status" {
				fmt.Sscan(header[i+1], &r.Status)
				continue
			}
			h.Add(header[i], header[i+1])
		}
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", "text/html")
		}
		one, _ := judgeCase(0)
		r.URL = one.URL
		return r
	}
	mask, err := ParseMask(test.masks)
	if err != nil {
		panic(err)
	}
	return answer(test.first, test.header...), answer(test.second, slices.Concat(test.header, test.secondHeader)...),
		Rules{Public: test.public, Mask: mask, Canary: testCanary, Leaks: []string{"127.0.0.1:8000"}}
}

func TestJudgeTwo(t *testing.T) {
	for i, test := range pairCases {
		t.Run(test.name, func(t *testing.T) {
			first, second, rules := pairCase(i)
			before := bytes.Clone(first.Body)
			v := Judge(first, second, rules)
			if v.Reason != test.reason || !strings.Contains(v.Detail, test.detail) || v.Failed != (test.reason == Status) {
				t.Errorf("verdict %+v, want %q with %q", v, test.reason, test.detail)
			}
			if v.Reason == CSRF && strings.Contains(v.Detail, "secret") {
				t.Errorf("the detail %q tells the token", v.Detail)
			}
			if !bytes.Equal(before, first.Body) {
				t.Error("the body was changed")
			}
			// A declaration alone lifts nothing.
			first, _, rules = pairCase(i)
			alone := Judge(first, nil, rules)
			first, _, rules = pairCase(i)
			rules.Public = false
			if undeclared := Judge(first, nil, rules); (alone.Reason == "") != (undeclared.Reason == "") {
				t.Errorf("without a second answer the verdict is %+v, undeclared %+v", alone, undeclared)
			}
		})
	}
}

// FuzzJudgeTwo wants no panic, and that two different pages are never taken for
// one without a mask.
func FuzzJudgeTwo(f *testing.F) {
	for _, test := range pairCases {
		f.Add([]byte(test.first), []byte(test.second), test.public)
	}
	mask, err := ParseMask([]string{`<!-- [0-9.]+ ms -->`})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, a, b []byte, public bool) {
		one, _ := judgeCase(0)
		answer := func(body []byte) *Response {
			return &Response{URL: one.URL, Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: body}
		}
		rules := Rules{Public: public, Canary: testCanary}
		if v := Judge(answer(a), answer(b), rules); v.Reason == "" && !bytes.Equal(a, b) {
			t.Fatalf("%q and %q are taken for one", a, b)
		}
		rules.Mask = mask
		v := Judge(answer(a), answer(b), rules)
		masked := func(b []byte) []byte { return mask.pattern.ReplaceAll(b, []byte("<!-- ms -->")) }
		if v.Reason == "" && !bytes.Equal(masked(a), masked(b)) {
			t.Fatalf("%q and %q are taken for one with a mask", a, b)
		}
		if strings.ContainsAny(v.Detail, "\n\r\x00") {
			t.Fatalf("the detail %q is more than a line", v.Detail)
		}
	})
}

// visits is an app that remembers who asked for what.
type visits struct {
	routes
	mu    sync.Mutex
	first map[string]int
	again map[string]int
	peers map[string]bool // addresses of the second stranger
	own   map[string]bool // and of the first
}

func (v *visits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	if v.first == nil {
		v.first, v.again, v.peers, v.own = map[string]int{}, map[string]int{}, map[string]bool{}, map[string]bool{}
	}
	if r.Header.Get("X-Forwarded-Host") == "" {
		v.first[r.URL.Path]++
		v.own[r.RemoteAddr] = true
	} else {
		v.again[r.URL.Path]++
		v.peers[r.RemoteAddr] = true
	}
	v.mu.Unlock()
	v.routes.ServeHTTP(w, r)
}

// TestProbe sends the second stranger where the policy says, once, on
// connections of its own.
func TestProbe(t *testing.T) {
	links := `<a href="/form">f</a><a href="/search">s</a><a href="/basket">c</a><a href="/private">p</a><a href="/shop/private">p</a><a href="/shop/plain">s</a><a href="/shop/secret">s</a>`
	for i := range 200 {
		links += fmt.Sprintf(`<a href="/%d">n</a>`, i)
	}
	site := routes{
		"/":             page(links),
		"/form":         page(`<form action="/search"></form><form class=x method="POST" action="/buy"><input name=q><input type="hidden" value='aX1+b/2=c' name="tok"></form>`),
		"/basket":       page(`<form method="post" action="/cart"><input type=hidden name=product value="17"><input name=text value="a long default text"></form>`),
		"/search":       page(`<form action="/search"><input name=q></form>`),
		"/private":      page("<p>p", "Cache-Control", "private"),
		"/shop/private": page("<p>p", "Cache-Control", "private", "Set-Cookie", "session=1"),
		"/shop/plain":   page("<p>p"),
		"/shop/secret":  page("<p>p", "Cache-Control", "no-store"),
	}
	for i := range 200 {
		site[fmt.Sprintf("/%d", i)] = page(fmt.Sprint("<p>", i))
	}
	for _, test := range []struct {
		probe    Probe
		declared []string
		always   []string // what is asked for twice
		least    int
		most     int
	}{
		{"", []string{"/shop/**"}, []string{"/", "/form", "/shop/private", "/shop/plain"}, 4 + 10, 4 + 30},
		{ProbeSample, nil, []string{"/", "/form"}, 2 + 10, 2 + 32},
		{ProbeAll, []string{"/shop/**"}, []string{"/", "/form", "/shop/private", "/shop/plain", "/search", "/basket", "/0", "/199"}, 206, 206},
		{ProbeNone, nil, nil, 0, 0},
	} {
		t.Run(string(test.probe), func(t *testing.T) {
			app := &visits{routes: site}
			c := &Crawler{Probe: test.probe, Declared: test.declared, Seeds: []string{"/"}}
			b := crawlSite(t, app, c)
			total := 0
			for url, n := range app.again {
				if total += n; n != 1 {
					t.Errorf("%s was asked for again %d times", url, n)
				}
			}
			for _, url := range test.always {
				if app.again[url] != 1 {
					t.Errorf("%s was not asked for again", url)
				}
			}
			for _, url := range []string{"/private", "/shop/secret", "/search", "/basket"} {
				if app.again[url] != 0 && test.probe != ProbeAll {
					t.Errorf("%s was asked for again, although nothing depends on it", url)
				}
			}
			if total < test.least || total > test.most || c.Progress().Probes != int64(total) {
				t.Errorf("%d second requests, %d counted, want %d to %d", total, c.Progress().Probes, test.least, test.most)
			}
			for peer := range app.peers {
				if app.own[peer] {
					t.Error("the strangers share a connection")
				}
			}
			_, frozen := b.pages["/shop/private"]
			if frozen != (test.declared != nil) {
				t.Errorf("/shop/private frozen: %v", frozen)
			}
			if frozen && !slices.Equal(b.pages["/shop/private"].Cookies, []string{"session"}) {
				t.Errorf("cookies %q", b.pages["/shop/private"].Cookies)
			}
		})
	}
}

// TestProbeFails freezes nothing that the second stranger did not get.
func TestProbeFails(t *testing.T) {
	var tries atomic.Int32
	b := crawlSite(t, routes{"/": func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Forwarded-Host") != "" {
			tries.Add(1)
			panic(http.ErrAbortHandler)
		}
		page("<p>a")(w, r)
	}}, &Crawler{Seeds: []string{"/"}})
	if s := b.skips["/"]; len(b.pages) != 0 || s.Reason != Connection || !s.Failed || !strings.HasPrefix(s.Detail, "to a second stranger: ") {
		t.Errorf("frozen %q, skip %+v", b.frozen(), s)
	}
}

// TestHostRouting leaves to the app what an app decides by headers that no gate
// looks at.
func TestHostRouting(t *testing.T) {
	b := crawlSite(t, routes{
		"/": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Original-Url") != "" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			page(`<a href="/host">h</a><a href="/geo">g</a><a href="/lang">l</a><a href="/ua">u</a>`)(w, r)
		},
		"/host": func(w http.ResponseWriter, r *http.Request) {
			host := r.Header.Get("X-Forwarded-Host")
			page(`<script src="https://`+host+`.cdn.example/a.js"></script>`)(w, r)
		},
		"/geo": func(w http.ResponseWriter, r *http.Request) {
			page("<p>from "+strings.Split(r.Header.Get("X-Forwarded-For"), ",")[0])(w, r)
		},
		"/lang": func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.Header.Get("Accept-Language"), "ja") {
				page("<p>konnichiwa")(w, r)
				return
			}
			page("<p>hello")(w, r)
		},
		"/ua": func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.UserAgent(), "iPhone") {
				page("<p>small")(w, r)
				return
			}
			page("<p>large")(w, r)
		},
	}, &Crawler{Seeds: []string{"/"}, Probe: ProbeAll})
	if got, want := b.reasons(), []string{"/ differs", "/geo differs", "/host canary", "/lang differs", "/ua differs"}; !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
}

// TestStrictApp freezes an app that turns strange hosts away: it does not
// believe them.
func TestStrictApp(t *testing.T) {
	strict := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Forwarded-Host") != "" {
				http.Error(w, "Blocked hosts: "+r.Header.Get("X-Forwarded-Host"), http.StatusForbidden)
				return
			}
			h(w, r)
		}
	}
	app := routes{
		"/":   strict(page(`<a href="/ua">u</a><a href="/bots">b</a>`)),
		"/ua": strict(func(w http.ResponseWriter, r *http.Request) { page("<p>"+r.UserAgent())(w, r) }),
		"/bots": func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.UserAgent(), "icecap") {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			page("<p>bots only")(w, r)
		},
	}
	c := &Crawler{Seeds: []string{"/"}, Probe: ProbeAll}
	b := crawlSite(t, app, c)
	if got := append(b.frozen(), b.reasons()...); !slices.Equal(got, []string{"/", "/bots differs", "/ua canary"}) {
		t.Errorf("frozen and left %q", got)
	}
	if n := c.Progress().Probes; n != 6 {
		t.Errorf("%d second requests, want 6", n)
	}
}
