package render

import (
	"strings"

	"icecap/render/jekyll"
	"icecap/render/theme"
)

// menus are what layouts of Jekyll sites show above each page, as far as they agree on
// where it is written: the pages of header_pages, as the theme minima has it, else the
// data file navigation, which is a list, or has one called main.
func (s *jekyllSite) menus(e *edition) (map[string][]theme.MenuEntry, Problems) {
	menu := s.headerPages(e)
	if len(menu) == 0 {
		navigation := e.snapshot.data.plain()["navigation"]
		if table, ok := navigation.(map[string]any); ok {
			navigation = table[mainMenu]
		}
		menu = navigationMenu(e, navigation, 0)
	}
	if len(menu) == 0 {
		return nil, nil
	}
	return map[string][]theme.MenuEntry{mainMenu: menu}, nil
}

// headerPages are the pages that the configuration lists by their paths, in that order;
// those without a title are left out, as in minima.
func (s *jekyllSite) headerPages(e *edition) (menu []theme.MenuEntry) {
	for _, name := range s.HeaderPages {
		for _, p := range e.byFile {
			if title, _ := p.params["title"].(string); title != "" && s.Within(p.file) == name && s.kindOf(p.file).Kind == jekyll.Page {
				menu = append(menu, theme.MenuEntry{Link: theme.Link{URL: p.url.String(), Title: p.title}})
			}
		}
	}
	return menu
}

// maxNavigation bounds how deep entries of a data file lie in one another.
const maxNavigation = 10

// navigationMenu makes a menu of a list of tables with a title and a URL, by the names
// that layouts have for them.
func navigationMenu(e *edition, value any, depth int) (menu []theme.MenuEntry) {
	list, _ := value.([]any)
	if depth == maxNavigation {
		return nil
	}
	text := func(table map[string]any, keys ...string) string {
		for _, key := range keys {
			if found := jekyll.Text(table[key]); found != "" {
				return found
			}
		}
		return ""
	}
	for _, item := range list {
		table, _ := item.(map[string]any)
		entry := theme.MenuEntry{Link: theme.Link{Title: text(table, "title", "name"), URL: text(table, "url", "link")}}
		if rest, ok := strings.CutPrefix(entry.URL, "/"); ok && !strings.HasPrefix(entry.URL, e.settings.Prefix) {
			entry.URL = e.settings.Prefix + rest
		}
		for _, key := range []string{"children", "sublinks", "subfolderitems"} {
			entry.Sub = append(entry.Sub, navigationMenu(e, table[key], depth+1)...)
		}
		if entry.Title != "" && (entry.URL != "" || len(entry.Sub) > 0) {
			menu = append(menu, entry)
		}
	}
	return menu
}
