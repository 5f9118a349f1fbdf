package render

import (
	"encoding/xml"
	"reflect"
	"slices"
	"strings"
	"testing"

	"icecap/render/theme"
)

// compareEdition holds what all pages of a language share against what Hugo says of it:
// its title, how it is written, and its menus.
func compareEdition(t *testing.T, blog *Blog, want hugoSite) {
	t.Helper()
	at := slices.IndexFunc(blog.editions, func(e *edition) bool { return e.key == want.Lang || e.key == "" })
	if at < 0 {
		t.Errorf("there is no language %s", want.Lang)
		return
	}
	e := blog.editions[at]
	if want.Title != "" && e.site.Title != want.Title {
		t.Errorf("%s: the title of the site is %q, Hugo's is %q", want.Lang, e.site.Title, want.Title)
	}
	if e.site.Language != want.Locale || e.site.Direction != want.Direction || e.label != want.Label && want.Label != want.Lang {
		t.Errorf("%s: it is in %s, %q, %q, Hugo's in %s, %q, %q", want.Lang, e.site.Language, e.site.Direction, e.label, want.Locale, want.Direction, want.Label)
	}
	for name, menu := range want.Menus {
		for i := range menu { // those that Hugo leaves to its themes
			if !strings.HasPrefix(menu[i].URL, "/") {
				menu[i].URL = e.menuURL(menu[i].URL)
			}
		}
		if got := entriesOf(e.site.Menus[name]); !reflect.DeepEqual(got, menu) {
			t.Errorf("%s: the menu %s is\n%q\nHugo's is\n%q", want.Lang, name, got, menu)
		}
	}
	for name := range e.site.Menus {
		if _, ok := want.Menus[name]; !ok && name != mainMenu {
			t.Errorf("%s: there is a menu %s, which Hugo does not have", want.Lang, name)
		}
	}
}

func entriesOf(menu []theme.MenuEntry) []hugoEntry {
	list := []hugoEntry{}
	for _, e := range menu {
		list = append(list, hugoEntry{e.Title, e.URL, e.Identifier, string(e.Pre), string(e.Post), entriesOf(e.Sub)})
	}
	return list
}

// A sitemap is a list of pages, or of such lists.
type sitemap struct {
	Pages []struct {
		URL   string `xml:"loc"`
		Links []struct {
			Language string `xml:"hreflang,attr"`
			URL      string `xml:"href,attr"`
		} `xml:"link"`
	} `xml:"url"`
	Parts []struct {
		URL string `xml:"loc"`
	} `xml:"sitemap"`
}

// compareSitemaps: what is in Hugo's sitemap is in ours, in the same languages.
func compareSitemaps(t *testing.T, blog *Blog, url string, got, want []byte) {
	t.Helper()
	var g, w sitemap
	if err := xml.Unmarshal(got, &g); err != nil {
		t.Errorf("%s: %v", url, err)
	}
	if err := xml.Unmarshal(want, &w); err != nil {
		t.Errorf("Hugo's %s: %v", url, err)
	}
	if !slices.Equal(g.Parts, w.Parts) {
		t.Errorf("%s lists %q, Hugo's %q", url, g.Parts, w.Parts)
	}
	ours := map[string][]string{}
	for _, page := range g.Pages {
		ours[page.URL] = []string{}
		for _, link := range page.Links {
			ours[page.URL] = append(ours[page.URL], link.Language+" "+link.URL)
		}
	}
	for _, page := range w.Pages {
		var links []string
		for _, link := range page.Links {
			links = append(links, link.Language+" "+link.URL)
		}
		slices.Sort(links)
		address := page.URL
		if to := blog.Redirect(strings.TrimPrefix(address, blog.settings.URL)); to != "" { // where all URLs are ugly
			address = blog.settings.URL + to
		}
		if found, ok := ours[address]; !ok {
			t.Errorf("%s lacks %s", url, address)
		} else if slices.Sort(found); !slices.Equal(found, links) {
			t.Errorf("%s: %s is in the languages %q, Hugo's in %q", url, address, found, links)
		}
	}
}
