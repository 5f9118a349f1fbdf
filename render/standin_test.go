package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"icecap/content"
)

// TestHugoLongRedirects: every old path leads on, also where the gate has no room for so
// many redirects from long paths. A page stands in for those that nobody follows first, and
// what no page can be is a redirect.
func TestHugoLongRedirects(t *testing.T) {
	const n, long = 250, "/a/path/that/is/longer/than/a/hash/of/nginx/takes"
	names := []string{"content/last.md", "---\ntitle: Z\naliases: ['" + long + ".pdf', '/old one/']\n---\n"}
	for i := range n {
		names = append(names, fmt.Sprintf("content/some/rather/long/folder/name/text-%03d.md", i),
			fmt.Sprintf("---\naliases: [%s/%03d/]\n---\n", long, i))
	}
	folder := hugoFiles("title = 'A'\nbaseURL = 'https://example.org/'\n", names...)
	site, blog, err := run(folder, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if strings.Contains(describe(blog.Warnings()), "redirect") {
		t.Errorf("redirects are missed: %v", describe(blog.Warnings()))
	}
	if _, left := content.NewGateMap(nil, site.redirects); len(left) != 0 {
		t.Errorf("the gate cannot answer %d, such as %s", len(left), left[0])
	}
	bodies, redirects := map[string]string{}, map[string]string{}
	for key, page := range site.pages {
		bodies[key.URL()] = string(page.Body)
	}
	for _, r := range site.redirects {
		redirects[r.From.String()] = r.To
	}
	pages := 0
	for i := range n {
		from, to := fmt.Sprintf("%s/%03d/", long, i), fmt.Sprintf("/some/rather/long/folder/name/text-%03d/", i)
		page := bodies[from]
		switch {
		case redirects[from] == to && page == "":
		case redirects[from] == "" && strings.Contains(page, `<meta http-equiv="refresh" content="0; url=`+to+`">`) &&
			strings.Contains(page, `<link rel="canonical" href="https://example.org`+to+`">`):
			pages++
		default:
			t.Errorf("%s leads to %q, and its page is %q", from, redirects[from], page)
		}
	}
	if pages != n-(200-2) { // both forms of the file's path are redirects
		t.Errorf("%d of %d aliases are pages", pages, n)
	}
	if got := redirects[long+".pdf"]; got != "/last/" {
		t.Errorf("the path of a file leads to %q", got)
	}
	if page := bodies["/old%20one/"]; !strings.Contains(page, "url=/last/") {
		t.Errorf("the page of a path with a space is %q", page)
	}
	again, blog, err := run(folder, site)
	if err != nil || blog.Made() != 0 || !slices.Equal(again.urls(), site.urls()) || !slices.Equal(again.redirects, site.redirects) {
		t.Errorf("the second build makes %d pages: %v", blog.Made(), err)
	}
	german, _, err := run(hugoFiles("title = 'A'\nbaseURL = 'https://example.org/'\nlanguageCode = 'de'\n", names...), site)
	if err != nil {
		t.Fatal(describe(err))
	}
	if page := german.body(t, "/old%20one/"); !strings.Contains(page, `lang="de"`) {
		t.Errorf("in a site of another language the page is %q", page)
	}
}
