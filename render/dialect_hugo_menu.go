package render

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"icecap/render/hugo"
	"icecap/render/theme"
)

// menus are those of a language: what the configuration says of them, an entry for
// each section if it wants that, and what pages say in their front matter.
func (h *hugoFolder) menus(e *edition) (map[string][]theme.MenuEntry, Problems) {
	var problems Problems
	entries := map[string][]hugo.MenuEntry{}
	add := func(menu string, entry hugo.MenuEntry) { entries[menu] = append(entries[menu], entry) }
	config := h.Languages[e.lang].Menus
	for _, name := range slices.Sorted(maps.Keys(config)) {
		for _, entry := range config[name] {
			entry, found := h.lead(e, entry)
			if !found {
				problems = append(problems, Problem{File: h.Files[0], What: fmt.Sprintf("the entry %q of the menu %s leads to no page: there is no %s in %s", entry.Name, name, entry.PageRef, h.Languages[e.lang].Key)})
			}
			add(name, entry)
		}
	}
	if h.SectionMenu != "" {
		for dir := range e.bySection() {
			if below := strings.TrimPrefix(dir, e.base); !strings.Contains(below, "/") {
				entry := h.entryOf(e, hugo.MenuEntry{Identifier: below}, dir)
				if !slices.ContainsFunc(entries[h.SectionMenu], func(known hugo.MenuEntry) bool { return cmp.Or(known.Identifier, known.Name) == below }) {
					add(h.SectionMenu, entry)
				}
			}
		}
	}
	for _, p := range slices.Concat(e.all, slices.SortedFunc(maps.Values(e.intros), byFile)) {
		if p.lang != e.lang {
			continue
		}
		for name, entry := range hugo.PageMenus(cmp.Or(p.params["menus"], p.params["menu"])) {
			add(name, completed(entry, p))
		}
	}
	menus := map[string][]theme.MenuEntry{}
	for name, list := range entries {
		tree, double := hugo.Tree(list)
		for _, key := range double {
			problems = append(problems, Problem{File: h.Files[0], What: fmt.Sprintf("the menu %s has more than one entry %q: the first one counts", name, key)})
		}
		menus[name] = h.shown(e, tree)
	}
	return menus, problems
}

// completed is an entry for a page, with what the page says where the entry is silent.
func completed(entry hugo.MenuEntry, p *post) hugo.MenuEntry {
	entry.URL, entry.Name, entry.Weight = p.url.String(), cmp.Or(entry.Name, p.linkTitle, p.title), cmp.Or(entry.Weight, p.weight)
	return entry
}

// entryOf completes an entry for the list of a folder.
func (h *hugoFolder) entryOf(e *edition, entry hugo.MenuEntry, dir string) hugo.MenuEntry {
	if intro := e.intros[dir]; intro != nil {
		return completed(entry, intro)
	}
	entry.URL, entry.Name = e.settings.Prefix+e.dialect.listPath(e.Blog, dir), cmp.Or(entry.Name, e.dialect.listName(e.Blog, dir))
	return entry
}

// lead completes an entry of the configuration by where it leads to: a page of this
// language, else its URL. Found says that the page is there, or that there is a URL.
func (h *hugoFolder) lead(e *edition, entry hugo.MenuEntry) (lead hugo.MenuEntry, found bool) {
	entry.URL = e.menuURL(entry.URL)
	if entry.PageRef == "" {
		return entry, true
	}
	e.refs.once.Do(e.indexRefs)
	key := strings.TrimPrefix(path.Clean("/"+strings.TrimSuffix(entry.PageRef, ".md")), "/")
	for _, p := range e.refs.path[refName(key)] {
		if p.lang == e.lang {
			return completed(entry, p), true
		}
	}
	dir := path.Join(e.dir, key)
	if key == "" || e.refList(e.lang, key) != "" {
		return h.entryOf(e, entry, dir), true
	}
	for i, taxonomy := range e.dialect.taxonomies {
		if !taxonomy.off && key == taxonomy.plural {
			entry.URL, entry.Name = e.settings.Prefix+e.taxonomyPath(i), cmp.Or(entry.Name, e.voice.Word(taxonomy.title))
			return entry, true
		}
		for _, t := range e.sortedTerms(i, e.lang) {
			if t.dir == dir {
				entry.URL, entry.Name = t.url.String(), cmp.Or(entry.Name, t.name)
				return entry, true
			}
		}
	}
	return entry, entry.URL != ""
}

// menuURL is where an entry leads to from every page: a path from the top of the site, or
// one from the top of the language, as Hugo's themes read it.
func (e *edition) menuURL(given string) string {
	u, err := url.Parse(given)
	switch {
	case err != nil, given == "", given[0] == '#', given[0] == '?', u.IsAbs(), u.Host != "":
		return given
	case given[0] == '/':
		return e.settings.Prefix + given[1:]
	}
	return e.site.Home + given
}

// shown are entries as templates get them. One whose identifier the site's own words
// (i18n) have is called by them, as menu templates of Hugo's documentation do.
func (h *hugoFolder) shown(e *edition, tree []hugo.MenuEntry) (list []theme.MenuEntry) {
	for _, entry := range tree {
		name := cmp.Or(h.Languages[e.lang].Words[strings.ToLower(entry.Identifier)], entry.Name)
		if name == "" && entry.Pre == "" && entry.Post == "" {
			continue // of a page that this language does not have, or of one without a title
		}
		list = append(list, theme.MenuEntry{
			Link: theme.Link{URL: entry.URL, Title: name}, Identifier: entry.Identifier,
			Pre: template.HTML(entry.Pre), Post: template.HTML(entry.Post), Params: entry.Params, Sub: h.shown(e, entry.Sub),
		})
	}
	return list
}
