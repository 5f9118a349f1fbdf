package hugo

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
)

// A MenuEntry is a line of a menu, as the configuration or the front matter of a page
// says it. Where it leads to is PageRef, the logical path of a page, else URL.
type MenuEntry struct {
	Identifier, Name, PageRef, URL, Parent string
	Pre, Post                              string // HTML
	Weight                                 int
	Params                                 map[string]any
	Sub                                    []MenuEntry
}

// key is the name by which entries below it and other entries know it.
func (e MenuEntry) key() string { return cmp.Or(e.Identifier, e.Name) }

// readMenus reads the tables menus or menu: each has a list of entries. It is nil
// where there is neither.
func readMenus(in values) map[string][]MenuEntry {
	for _, key := range []string{"menus", "menu"} {
		if table := in.table(key); table != nil {
			menus := map[string][]MenuEntry{}
			for name := range table {
				for _, entry := range table.tables(name) {
					menus[name] = append(menus[name], readMenuEntry(entry))
				}
			}
			return menus
		}
	}
	return nil
}

func readMenuEntry(in values) MenuEntry {
	return MenuEntry{
		Identifier: in.text("identifier"), Name: in.text("name"), PageRef: in.text("pageref"), URL: in.text("url"), Parent: in.text("parent"),
		Pre: in.text("pre"), Post: in.text("post"), Weight: in.number("weight", 0), Params: plain(in.table("params")),
	}
}

// PageMenus reads the value of menus, or menu, in a page's front matter: the name of a
// menu, several, or a table of them with what the entry says of itself.
func PageMenus(value any) map[string]MenuEntry {
	menus := map[string]MenuEntry{}
	in := values{"menus": lower(value)}
	for _, name := range in.texts("menus") {
		menus[strings.ToLower(name)] = MenuEntry{}
	}
	for name := range in.table("menus") {
		menus[name] = readMenuEntry(in.table("menus", name))
	}
	return menus
}

// Tree puts the entries of a menu in order, those that have a parent below it. A parent
// that there is not becomes an entry that leads nowhere. Of entries by one name the first
// stays, and double are the names of the others.
func Tree(entries []MenuEntry) (tree []MenuEntry, double []string) {
	known := map[string]MenuEntry{}
	below := map[string][]string{}
	for _, e := range entries {
		key := e.key()
		if _, ok := known[key]; ok {
			double = append(double, key)
			continue
		}
		known[key] = e
		below[e.Parent] = append(below[e.Parent], key)
	}
	for _, parent := range slices.Sorted(maps.Keys(below)) {
		if _, ok := known[parent]; !ok && parent != "" {
			known[parent] = MenuEntry{Name: parent}
			below[""] = append(below[""], parent)
		}
	}
	return branch("", known, below, 0), double
}

// maxMenuDepth bounds how deep entries lie in one another. Those that are their own
// parents lie nowhere.
const maxMenuDepth = 10

func branch(parent string, known map[string]MenuEntry, below map[string][]string, depth int) (list []MenuEntry) {
	if depth == maxMenuDepth {
		return nil
	}
	for _, key := range below[parent] {
		e := known[key]
		if key != "" {
			e.Sub = branch(key, known, below, depth+1)
		}
		list = append(list, e)
	}
	slices.SortStableFunc(list, compareEntries)
	return list
}

// compareEntries is Hugo's order: by weight, those without one last, then by name.
func compareEntries(x, y MenuEntry) int {
	weight := func(e MenuEntry) int {
		if e.Weight == 0 {
			return math.MaxInt
		}
		return e.Weight
	}
	return cmp.Or(cmp.Compare(weight(x), weight(y)), strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)),
		strings.Compare(x.Name, y.Name), strings.Compare(x.Identifier, y.Identifier))
}
