package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// routes are all kinds of answers that an anonymous visitor gets.
var routes = []struct {
	path      string
	status    int
	mediaType string
	cache     string // Cache-Control
	proof     string // of freshness: "etag", "date" or ""
	cookie    bool
	location  string // a regular expression
}{
	{"/", 200, "text/html; charset=utf-8", "", "date", false, ""},
	{"/category/mugs", 200, "text/html; charset=utf-8", "", "date", false, ""},
	{"/category/teapots?page=1", 200, "text/html; charset=utf-8", "", "date", false, ""},
	{"/product/tazza-caff%C3%A8", 200, "text/html; charset=utf-8", "", "etag", false, ""},
	{"/product/%E9%89%84%E7%93%B6-tetsubin", 200, "text/html; charset=utf-8", "", "etag", false, ""},
	{"/product/two%20tea%20towels", 200, "text/html; charset=utf-8", "", "etag", false, ""},
	{"/product/k%C3%A4se-&-brot-board", 200, "text/html; charset=utf-8", "", "etag", false, ""},
	{"/guides/", 200, "text/html; charset=utf-8", "", "date", false, ""},
	{"/guides/sharpening", 200, "text/html; charset=utf-8", "", "date", false, ""},
	{"/about", 200, "text/html; charset=utf-8", "", "etag", false, ""},
	{"/search", 200, "text/html; charset=utf-8", "", "", false, ""},
	{"/search?q=mug", 200, "text/html; charset=utf-8", "", "", false, ""},
	{"/feed", 200, "application/rss+xml; charset=utf-8", "", "date", false, ""},
	{"/sitemap.xml", 200, "application/xml; charset=utf-8", "", "date", false, ""},
	{"/robots.txt", 200, "text/plain; charset=utf-8", "", "etag", false, ""},
	{"/api/categories", 200, "application/json", "", "etag", false, ""},
	{"/api/products/7", 200, "application/json", "", "etag", false, ""},
	{"/images/mugs-1.svg", 200, "image/svg+xml", "public, max-age=86400", "date", false, ""},
	{"/images/mugs-480.png", 200, "image/png", "public, max-age=86400", "date", false, ""},
	{"/static/shop.css", 200, "text/css; charset=utf-8", "public, max-age=3600", "etag", false, ""},
	{"/static/shop.js", 200, "text/javascript; charset=utf-8", "public, max-age=3600", "etag", false, ""},
	{"/static/icon.svg", 200, "image/svg+xml", "public, max-age=3600", "etag", false, ""},
	{"/static/source-serif-4-semibold.woff2", 200, "font/woff2", "public, max-age=3600", "etag", false, ""},

	{"/for-you", 200, "text/html; charset=utf-8", "private", "", false, ""},
	{"/picks", 200, "text/html; charset=utf-8", "no-store", "", false, ""},
	{"/finder", 200, "text/html; charset=utf-8", "", "", false, ""},
	{"/stock/7", 200, "application/json", "no-store", "", false, ""},
	{"/cart", 200, "text/html; charset=utf-8", "private, no-store", "", true, ""},
	{"/login", 200, "text/html; charset=utf-8", "", "", true, ""},
	{"/account", 303, "text/html; charset=utf-8", "private", "", false, `^/login$`},
	{"/logout", 303, "text/html; charset=utf-8", "private, no-store", "", true, `^/$`},
	{"/random", 302, "text/html; charset=utf-8", "no-store", "", false, `^/product/.+$`},
	{"/old-products/1", 301, "text/html; charset=utf-8", "", "", false, `^/product/tazza-caff%C3%A8$`},
	{"/guides", 301, "text/html; charset=utf-8", "", "", false, `^/guides/$`},

	{"/nothing/here", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/product/no-such-thing", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/product/", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/category/no-such-shelf", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/guides/no-such-guide", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/about/", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/images/mugs-5.svg", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/images/mugs-01.svg", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/images/mugs-99999.png", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/images/no-1.svg", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/static/../main.go", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/static/no.css", 404, "text/html; charset=utf-8", "", "", false, ""},
	{"/api/products/401", 404, "application/json", "", "", false, ""},
	{"/api/nothing", 404, "application/json", "", "", false, ""},
	{"/stock/0", 404, "application/json", "", "", false, ""},
}

func TestRoutes(t *testing.T) {
	eachDatabase(t, small, func(t *testing.T, c client) {
		for _, route := range routes {
			path := route.path
			if strings.Contains(path, "..") {
				path = strings.ReplaceAll(path, "..", "%2e%2e%2f")
			}
			a := c.get(path).want(t, route.status)
			for name, want := range map[string]string{"Content-Type": route.mediaType, "Cache-Control": route.cache} {
				if got := a.Header.Get(name); got != want {
					t.Errorf("%s: %s is %q, want %q", route.path, name, got, want)
				}
			}
			if got := a.Header.Get("ETag") != ""; got != (route.proof == "etag") {
				t.Errorf("%s: has an ETag: %t", route.path, got)
			}
			if got := a.Header.Get("Last-Modified") != ""; got != (route.proof == "date") {
				t.Errorf("%s: has Last-Modified: %t", route.path, got)
			}
			if got := a.Header.Get("Set-Cookie") != ""; got != route.cookie {
				t.Errorf("%s: sets a cookie: %t", route.path, got)
			}
			if location := a.Header.Get("Location"); !regexp.MustCompile(route.location).MatchString(location) || (route.location == "") != (location == "") {
				t.Errorf("%s: leads to %q, want %q", route.path, location, route.location)
			}
			if a.body == "" || a.Header.Get("Content-Length") == "" && len(a.body) < 2000 {
				t.Errorf("%s: empty, or of unknown length", route.path)
			}
		}
	})
}

// The same four headers stand on every answer; one page has a policy of its own.
func TestSecurityHeaders(t *testing.T) {
	c := startShop(t, small, t.TempDir()+"/shop.db", "")
	check := func(what string, a answer) {
		for name, want := range map[string]string{
			"X-Content-Type-Options":  "nosniff",
			"X-Frame-Options":         "DENY",
			"Referrer-Policy":         "strict-origin-when-cross-origin",
			"Content-Security-Policy": policy,
		} {
			got := a.Header.Values(name)
			if what == "/finder" && name == "Content-Security-Policy" {
				if len(got) != 1 || !strings.Contains(got[0], "'nonce-") {
					t.Errorf("%s: policy is %q, want one with a nonce", what, got)
				}
				continue
			}
			if len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q, want %q once", what, name, got, want)
			}
		}
	}
	for _, route := range routes {
		check(route.path, c.get(strings.ReplaceAll(route.path, "..", "x")))
	}
	check("POST", c.post("/about", "x=1").want(t, http.StatusMethodNotAllowed))
	check("count", c.get("/-/count").want(t, http.StatusOK))
	check("cross-site POST", c.post("/cart/add", "product=1", "Sec-Fetch-Site: cross-site").want(t, http.StatusForbidden))
}

// A copy is confirmed with 304 as long as it is good, and only then.
func TestFreshness(t *testing.T) {
	eachDatabase(t, small, func(t *testing.T, c client) {
		for _, route := range routes {
			a := c.get(strings.ReplaceAll(route.path, "..", "x"))
			switch route.proof {
			case "etag":
				etag := a.Header.Get("ETag")
				for _, list := range []string{etag, `"other", W/` + etag, "*"} {
					same := c.get(route.path, "If-None-Match: "+list).want(t, http.StatusNotModified)
					if same.body != "" || same.Header.Get("ETag") != etag {
						t.Errorf("%s: the 304 has the ETag %q and %d bytes", route.path, same.Header.Get("ETag"), len(same.body))
					}
				}
				if other := c.get(route.path, `If-None-Match: "other"`).want(t, http.StatusOK); other.body != a.body {
					t.Errorf("%s: another ETag gave another body", route.path)
				}
			case "date":
				c.get(route.path, "If-Modified-Since: "+a.Header.Get("Last-Modified")).want(t, http.StatusNotModified)
				c.get(route.path, "If-Modified-Since: Mon, 06 Jan 2020 00:00:00 GMT").want(t, http.StatusOK)
			}
			head := c.do(http.MethodHead, route.path, "")
			if head.StatusCode != route.status && !strings.Contains(route.path, "..") {
				t.Errorf("HEAD %s: status %d, want %d", route.path, head.StatusCode, route.status)
			}
			if head.body != "" {
				t.Errorf("HEAD %s: has a body", route.path)
			}
		}
	})
}

// Links are made from what the visitor asked, never from where the shop listens.
func TestAbsoluteLinks(t *testing.T) {
	c := startShop(t, small, t.TempDir()+"/shop.db", "")
	listens := strings.TrimPrefix(c.url, "http://")
	for path, want := range map[string]string{
		"/":                           `<link rel="canonical" href="https://shop.example.com/">`,
		"/product/two%20tea%20towels": `<link rel="canonical" href="https://shop.example.com/product/two%20tea%20towels">`,
		"/category/teapots?page=1":    `<link rel="canonical" href="https://shop.example.com/category/teapots">`,
		"/feed":                       `<link>https://shop.example.com/product/`,
		"/sitemap.xml":                `<loc>https://shop.example.com/category/mugs</loc>`,
		"/robots.txt":                 "Sitemap: https://shop.example.com/sitemap.xml\n",
		"/api/products/1":             `"url":"https://shop.example.com/product/tazza-caff%C3%A8"`,
		"/api/categories":             `"url":"https://shop.example.com/category/mugs"`,
	} {
		a := c.get(path, "Host: shop.example.com", "X-Forwarded-Proto: https").want(t, http.StatusOK)
		if !strings.Contains(a.body, want) {
			t.Errorf("%s: has no %s", path, want)
		}
		if strings.Contains(a.body, listens) {
			t.Errorf("%s: tells the address %s", path, listens)
		}
		if a := c.get(path); !strings.Contains(a.body, "http://"+listens+"/") {
			t.Errorf("%s: has no link with the host that was asked for", path)
		}
	}
	for _, host := range []string{"a b.example", `x"><script>`, "a/b", strings.Repeat("a", 256)} {
		c.get("/", "Host: "+host).want(t, http.StatusBadRequest)
	}
	if a := c.get("/", "X-Forwarded-Proto: javascript"); !strings.Contains(a.body, `href="http://`+listens+`/"`) {
		t.Error("an unknown scheme came through")
	}
}

// A nonce that is used twice protects nobody, so the page cannot be frozen.
func TestNonce(t *testing.T) {
	c := startShop(t, small, t.TempDir()+"/shop.db", "")
	inPolicy, inPage := regexp.MustCompile(`'nonce-(\w+)'`), regexp.MustCompile(`<script nonce="(\w+)">`)
	seen := map[string]bool{}
	for range 3 {
		a := c.get("/finder").want(t, http.StatusOK)
		policy, page := inPolicy.FindStringSubmatch(a.Header.Get("Content-Security-Policy")), inPage.FindStringSubmatch(a.body)
		if policy == nil || page == nil || policy[1] != page[1] || seen[page[1]] {
			t.Fatalf("nonce of the policy %q, of the page %q, seen before: %t", policy, page, seen[page[1]])
		}
		seen[page[1]] = true
	}
	for _, route := range routes {
		if a := c.get(route.path); route.path != "/finder" && strings.Contains(a.body, "<script nonce") {
			t.Errorf("%s: has an inline script", route.path)
		}
	}
}

func TestSearch(t *testing.T) {
	eachDatabase(t, small, func(t *testing.T, c client) {
		for query, want := range map[string]string{
			"brûlée":                "Crème Brûlée Pan",
			"BRÛLÉE pan":            "Crème Brûlée Pan",
			"鉄瓶":                    "鉄瓶 Tetsubin",
			"no-such-thing":         "0 found for “no-such-thing”",
			"%":                     "0 found for “%”",
			"_":                     "0 found for “_”",
			"!":                     "0 found for “!”",
			"'; DROP TABLE x":       "0 found for",
			"<script>alert(1)":      "0 found for “&lt;script&gt;alert(1)”",
			"\x00\xff":              "0 found for",
			"a b c d e f g h i j k": "found for",
		} {
			a := c.get("/search?q="+url.QueryEscape(query)).want(t, http.StatusOK)
			if !strings.Contains(a.body, want) {
				t.Errorf("search for %q: found no %q", query, want)
			}
		}
	})
}

// Each of these once could have been an error of the database.
func TestOddAddresses(t *testing.T) {
	eachDatabase(t, small, func(t *testing.T, c client) {
		for _, path := range []string{
			"/product/%00", "/product/%ff", "/product/a%2Fb", "/product/%27", "/category/%00", "/guides/%00", "/images/%00-1.svg",
			"/api/products/99999999999999999999", "/api/products/4294967297", "/api/products/-1", "/api/products/01", "/api/products/1.0", "/stock/x",
			"/category/mugs?page=0", "/category/mugs?page=-1", "/category/mugs?page=9999", "/category/mugs?page=1e3", "/category/mugs?page=%00",
			"/old-products/0", "/old-products/x",
		} {
			c.get(path).want(t, http.StatusNotFound)
		}
		c.get("/", "Cookie: shop_session=%00").want(t, http.StatusOK)
		c.get("/", "Cookie: shop_session="+strings.Repeat("x", 4000)).want(t, http.StatusOK)
		c.post("/cart/add", "product=999999").want(t, http.StatusNotFound)
		c.post("/cart/add", "product="+strings.Repeat("1", maxForm)).want(t, http.StatusNotFound)
	})
}

func TestCounter(t *testing.T) {
	c := startShop(t, small, t.TempDir()+"/shop.db", "")
	type count struct {
		Requests int64
		Paths    map[string]int64
	}
	read := func() (got count) {
		if err := json.Unmarshal([]byte(c.get("/-/count").want(t, http.StatusOK).body), &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := read(); got.Requests != 0 || len(got.Paths) != 0 {
		t.Fatalf("a new shop has counted %v", got)
	}
	c.get("/about")
	c.get("/about?x=1")
	c.do(http.MethodHead, "/about", "")
	c.get("/product/two%20tea%20towels")
	c.get("/no//such/./page")
	c.post("/cart/add", "product=1")
	c.get("/healthz").want(t, http.StatusOK)
	got := read()
	want := map[string]int64{"/about": 3, "/product/two%20tea%20towels": 1, "/no//such/./page": 1, "/cart/add": 1}
	if got.Requests != 6 || len(got.Paths) != len(want) {
		t.Errorf("counted %v, want 6 requests", got)
	}
	for path, n := range want {
		if got.Paths[path] != n {
			t.Errorf("counted %d for %s, want %d", got.Paths[path], path, n)
		}
	}
}
