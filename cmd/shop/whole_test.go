package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"image/png"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// links finds what a page or style sheet refers to, as absolute URLs without fragments.
func links(t *testing.T, a answer) []string {
	t.Helper()
	var found []string
	parts := strings.Split(a.body, `="`)
	for i, part := range parts[1:] {
		value, _, _ := strings.Cut(part, `"`)
		switch name := parts[i][strings.LastIndexAny(parts[i], " \n")+1:]; name {
		case "href", "src", "action":
			found = append(found, value)
		case "srcset":
			for _, candidate := range strings.Split(value, ", ") {
				found = append(found, strings.Fields(candidate)[0])
			}
		}
	}
	for _, part := range strings.Split(a.body, `url("`)[1:] {
		value, _, _ := strings.Cut(part, `"`)
		found = append(found, value)
	}
	for i, raw := range found {
		link, err := a.Request.URL.Parse(html.UnescapeString(raw))
		if err != nil {
			t.Fatalf("%s: link %q: %v", a.Request.URL, raw, err)
		}
		link.Fragment = ""
		found[i] = link.String()
	}
	return found
}

// crawl follows links from the first page, each URL once, and gives every answer.
func crawl(t *testing.T, c client, queries bool, header ...string) map[string]answer {
	t.Helper()
	seen := map[string]answer{}
	queue := []string{c.url + "/"}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		path := strings.TrimPrefix(next, c.url)
		if _, done := seen[path]; done || path == next || !queries && strings.Contains(path, "?") {
			continue
		}
		a := c.get(path, header...)
		seen[path] = a
		if media := a.Header.Get("Content-Type"); strings.HasPrefix(media, "text/html") || strings.HasPrefix(media, "text/css") {
			queue = append(queue, links(t, a)...)
		}
	}
	return seen
}

// A crawl that never asks a query reaches all of the 2,000 products, no link
// is dead, and the sitemap lists what the crawl found.
func TestWholeShop(t *testing.T) {
	full := size{2000, 40}
	c := startShop(t, full, filepath.Join(t.TempDir(), "shop.db"), "")
	found := crawl(t, c, false)
	products, categories := 0, 0
	for path, a := range found {
		switch {
		case strings.HasPrefix(path, "/product/"):
			products++
		case strings.HasPrefix(path, "/category/"):
			categories++
		}
		if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusFound && path != "/cart/add" {
			t.Errorf("%s: a link to status %d", path, a.StatusCode)
		}
	}
	if products != full.products || categories != full.categories {
		t.Errorf("reached %d products and %d categories, want %v", products, categories, full)
	}

	var sitemap urlset
	if err := xml.Unmarshal([]byte(c.get("/sitemap.xml").body), &sitemap); err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, u := range sitemap.URLs {
		path, ours := strings.CutPrefix(u.Location, c.url)
		if a, ok := found[path]; !ours || listed[path] || !ok || a.StatusCode != http.StatusOK {
			t.Errorf("sitemap: %s is foreign, listed twice or no page", u.Location)
		}
		listed[path] = true
	}
	for path := range found {
		if (strings.HasPrefix(path, "/product/") || strings.HasPrefix(path, "/category/") || strings.HasPrefix(path, "/guides/")) && !listed[path] {
			t.Errorf("sitemap: %s is missing", path)
		}
	}
	var size int
	for path, a := range found {
		if strings.HasPrefix(path, "/product/") {
			size += len(a.body)
		}
	}
	t.Logf("%d addresses, %d in the sitemap, a product page has %d bytes", len(found), len(listed), size/products)
}

// The pages of a category hold each of its products once, at most 50 a page.
func TestPagination(t *testing.T) {
	eachDatabase(t, small, func(t *testing.T, c client) {
		card := regexp.MustCompile(`<li class="card"><a href="([^"]+)">`)
		shown := map[string]int{}
		longest := 0
		for path, a := range crawl(t, c, true) {
			if !strings.HasPrefix(path, "/category/") {
				continue
			}
			cards := card.FindAllStringSubmatch(a.body, -1)
			if len(cards) == 0 || len(cards) > 50 {
				t.Errorf("%s: shows %d products", path, len(cards))
			}
			longest = max(longest, len(cards))
			for _, match := range cards {
				shown[match[1]]++
			}
			if _, query, paged := strings.Cut(path, "?"); paged && query == "page=1" {
				t.Errorf("%s: the first page has a second address", path)
			}
		}
		if len(shown) != small.products || longest != perPage {
			t.Errorf("%d products on all shelves, %d on the fullest page; want %d and %d", len(shown), longest, small.products, perPage)
		}
		for path, times := range shown {
			if times != 1 {
				t.Errorf("%s: on %d pages", path, times)
			}
		}
	})
}

// From the first product of each category, "next" leads through all of them,
// and "previous" back.
func TestNeighbours(t *testing.T) {
	eachDatabase(t, size{60, 3}, func(t *testing.T, c client) {
		next, previous := regexp.MustCompile(`rel="next" href="([^"]+)"`), regexp.MustCompile(`rel="prev" href="([^"]+)"`)
		visited := 0
		for id := 1; id <= 3; id++ {
			before, path := "", c.get(fmt.Sprintf("/old-products/%d", id)).Header.Get("Location")
			for path != "" {
				visited++
				page := c.get(path).want(t, http.StatusOK).body
				back, on := previous.FindStringSubmatch(page), next.FindStringSubmatch(page)
				if (back == nil) != (before == "") || back != nil && html.UnescapeString(back[1]) != before {
					t.Errorf("%s: leads back to %q, want %q", path, back, before)
				}
				before, path = path, ""
				if on != nil {
					path = html.UnescapeString(on[1])
				}
			}
		}
		if visited != 60 {
			t.Errorf("went past %d products, want 60", visited)
		}
	})
}

// A small shop has no dead links either: nothing relies on a certain category.
func TestTinyShop(t *testing.T) {
	for _, s := range []size{{1, 1}, {3, 2}, {45, 42}} {
		c := startShop(t, s, filepath.Join(t.TempDir(), "shop.db"), "")
		for path, a := range crawl(t, c, true) {
			if missing := strings.HasPrefix(path, "/api/products/"); a.StatusCode >= 400 && !(missing && s.products < 3) && path != "/cart/add" && path != "/cart/clear" {
				t.Errorf("%v: %s has status %d", s, path, a.StatusCode)
			}
		}
	}
}

// frozen are the addresses whose bytes are the same for every anonymous visitor.
func frozen(path string) bool {
	for _, own := range []string{"/for-you", "/picks", "/finder", "/cart", "/login", "/account", "/random", "/stock/"} {
		if strings.HasPrefix(path, own) {
			return false
		}
	}
	return true
}

// Same flags, same bytes: in another database, of the other kind, for another
// visitor, and for one with a cookie that means nothing.
func TestSameBytes(t *testing.T) {
	var first map[string]string
	compare := func(t *testing.T, c client, header ...string) {
		t.Helper()
		pages := map[string]string{}
		for path, a := range crawl(t, c, true, append(header, "Host: shop.example.com")...) {
			if !frozen(path) {
				continue
			}
			if cookie := a.Header.Get("Set-Cookie"); cookie != "" {
				t.Errorf("%s: sets the cookie %s", path, cookie)
			}
			if cache := a.Header.Get("Cache-Control"); strings.Contains(cache, "private") || strings.Contains(cache, "no-") {
				t.Errorf("%s: is %s", path, cache)
			}
			pages[path] = fmt.Sprintf("%d %s %s %s\n%s", a.StatusCode, a.Header.Get("Content-Type"), a.Header.Get("ETag"), a.Header.Get("Last-Modified"), a.body)
		}
		if first == nil {
			first = pages
		}
		if len(pages) != len(first) || len(pages) < small.products {
			t.Errorf("%d pages, at first %d", len(pages), len(first))
		}
		for path, page := range pages {
			if page != first[path] {
				t.Errorf("%s: differs from the first shop's\n%.600s\nat first\n%.600s", path, page, first[path])
			}
		}
	}
	c := startShop(t, small, filepath.Join(t.TempDir(), "one.db"), "")
	compare(t, c)
	compare(t, c, "Cookie: shop_session=EXPIRED; _ga=1", "User-Agent: other", "Accept-Language: cs")
	compare(t, startShop(t, small, filepath.Join(t.TempDir(), "two.db"), ""))
	t.Run("postgresql", func(t *testing.T) {
		compare(t, startShop(t, small, "", postgresDatabase(t)))
	})
}

// Every kind has a drawing, every picture can be read, and no colour is left out.
func TestPictures(t *testing.T) {
	if len(kinds) != 40 || len(drawings) != len(kinds) {
		t.Fatalf("%d kinds and %d drawings, want 40 each", len(kinds), len(drawings))
	}
	c := startShop(t, size{40, 40}, filepath.Join(t.TempDir(), "shop.db"), "")
	seen := map[string]string{}
	for _, k := range kinds {
		for variant := 1; variant <= 4; variant++ {
			path := fmt.Sprintf("/images/%s-%d.svg", k.slug, variant)
			a := c.get(path).want(t, http.StatusOK)
			var any struct {
				XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
			}
			if err := xml.Unmarshal([]byte(a.body), &any); err != nil || strings.ContainsAny(a.body, "$%") {
				t.Errorf("%s: no SVG, or a colour is missing: %v", path, err)
			}
			if twin := seen[a.body]; twin != "" {
				t.Errorf("%s: is the same as %s", path, twin)
			}
			seen[a.body] = path
		}
	}
	for _, width := range []int{480, 960} {
		a := c.get(fmt.Sprintf("/images/mugs-%d.png", width)).want(t, http.StatusOK)
		img, err := png.Decode(bytes.NewReader([]byte(a.body)))
		if err != nil || img.Bounds().Dx() != width || img.Bounds().Dy() != width/4 {
			t.Errorf("banner of %d pixels: %v", width, err)
		}
	}
}

// Addresses are one path segment, in the composed form of Unicode that stores compare.
func TestSlugs(t *testing.T) {
	s := newSeeder(size{3000, 40})
	s.tables()
	odd := 0
	for slug := range s.slugs {
		if slug == "" || strings.ContainsAny(slug, `/\%?#;`) || strings.ContainsFunc(slug, unicode.IsControl) || strings.ContainsFunc(slug, func(r rune) bool { return unicode.Is(unicode.Mn, r) }) {
			t.Errorf("slug %q cannot stand in a path", slug)
		}
		if url.PathEscape(slug) != slug || strings.ContainsAny(slug, "&'") {
			odd++
		}
	}
	// Collections such as Bouclé make a few more odd ones than the specials.
	if len(s.slugs) != 3000 || odd < len(specials) {
		t.Errorf("%d slugs, %d of them odd; want 3000 and at least %d", len(s.slugs), odd, len(specials))
	}
	for _, special := range specials {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return k.slug == special.kind }) || !s.slugs[special.slug] {
			t.Errorf("special %q was not seeded", special.slug)
		}
	}
}
