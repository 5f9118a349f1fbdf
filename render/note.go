package render

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// A wikiIndex finds what wikilinks name. It is made once, if there are any.
type wikiIndex struct {
	once    sync.Once
	files   map[string][]string // names in the folder, by base name in small letters; of texts also without ending
	titles  map[string][]string // texts, by title
	aliases map[string][]string // texts, by the other names that they give themselves
}

func (b *Blog) wikiIndex() *wikiIndex {
	b.wiki.once.Do(func() {
		b.wiki.files, b.wiki.titles, b.wiki.aliases = map[string][]string{}, map[string][]string{}, map[string][]string{}
		for _, file := range slices.Sorted(maps.Keys(b.byFile)) {
			p := b.byFile[file]
			note(b.wiki.files, path.Base(file), file)
			note(b.wiki.files, p.name, file)
			note(b.wiki.titles, p.title, file)
			for _, alias := range p.aliases {
				if isName(alias) {
					note(b.wiki.aliases, alias, file)
				}
			}
		}
		for _, file := range slices.Sorted(maps.Keys(b.fileURLs)) {
			note(b.wiki.files, path.Base(file), file)
		}
	})
	return &b.wiki
}

func note(index map[string][]string, name, file string) {
	key := strings.ToLower(name)
	index[key] = append(index[key], file)
}

// isName tells another name of a note, as Obsidian has them in "aliases", from an
// old path of a page.
func isName(alias string) bool { return !strings.Contains(alias, "/") }

// isWiki reports whether a link is a wikilink, "[[Page#Heading]]" or, embedded,
// "![[Page]]".
func isWiki(dest string) bool {
	return (strings.HasPrefix(dest, "[[") || strings.HasPrefix(dest, "![[")) && strings.HasSuffix(dest, "]]")
}

// targetWiki finds out where a wikilink leads.
func (b *Blog) targetWiki(from *post, dest string) target {
	name, fragment, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(dest, "!"), "[["), "]]"), "#")
	if name = strings.TrimSpace(name); name == "" {
		id := wikiFragment(fragment)
		return target{dest: "#" + id, post: from, fragment: id}
	}
	file, problem := b.findNote(from, name)
	if file == "" {
		t := target{problem: fmt.Sprintf("the link %s %s", dest, problem), mild: b.snapshot.guess.vault}
		if problem == "" {
			t.problem, t.hint = fmt.Sprintf("the link %s leads to no file and no title", dest), b.guessNote(name)
			if why := b.leftOut[strings.ToLower(path.Base(name))]; why != "" {
				t.problem, t.hint, t.mild = fmt.Sprintf("the link %s leads to a file that is left out: %s", dest, why), "", true
			} else if why := b.hiddenNote(name); why != "" {
				t.problem, t.hint = fmt.Sprintf("the link %s leads to a page that is not published (%s)", dest, why), "take the link out until it is"
			}
		}
		return t
	}
	p := b.byFile[file]
	if p == nil {
		return target{dest: b.fileURLs[file].String(), file: file}
	}
	t := target{dest: p.url.String(), post: p, file: file, mild: b.snapshot.guess.vault}
	if fragment != "" {
		t.fragment = wikiFragment(fragment)
		t.dest += "#" + t.fragment
	}
	return t
}

// wikiFragment is the id that a heading gets, or a block with a mark such as ^note.
// Of a path of headings the last one counts.
func wikiFragment(fragment string) string {
	fragment = strings.TrimSpace(fragment[strings.LastIndexByte(fragment, '#')+1:])
	if strings.HasPrefix(fragment, "^") {
		return fragment[1:]
	}
	return headingID(fragment)
}

// findNote finds the file that a wikilink names, as Obsidian does: by its path from
// the top, by its name anywhere, by a title, by an alias. Of several files of one
// name the one beside the text is meant, else the one with the shortest path. Where
// that leaves more than one, problem says so.
func (b *Blog) findNote(from *post, name string) (file, problem string) {
	index := b.wikiIndex()
	key := strings.ToLower(strings.Trim(path.Clean(strings.ReplaceAll(name, `\`, "/")), "/"))
	if relative := path.Join(path.Dir(b.fromTop(from.file)), key); strings.HasPrefix(key, ".") && !strings.HasPrefix(relative, "..") {
		key = strings.ToLower(relative)
	}
	var found []string
	for _, candidate := range index.files[path.Base(key)] {
		whole := strings.ToLower(b.fromTop(candidate))
		bare := strings.TrimSuffix(strings.TrimSuffix(whole, path.Ext(whole)), "/index")
		if !isMarkdown(candidate) {
			bare = whole
		}
		if whole == key || bare == key {
			return candidate, ""
		}
		if strings.HasSuffix(whole, "/"+key) || strings.HasSuffix(bare, "/"+key) {
			found = append(found, candidate)
		}
	}
	if len(found) > 0 {
		return nearest(from.file, found)
	}
	for _, names := range []map[string][]string{index.titles, index.aliases} {
		if found := names[strings.ToLower(name)]; len(found) > 0 {
			return nearest(from.file, found)
		}
	}
	return "", ""
}

// fromTop is a file's name as seen from the top of the content.
func (b *Blog) fromTop(file string) string {
	return strings.TrimPrefix(strings.TrimPrefix(file, b.root), "/")
}

// nearest chooses among files of one name.
func nearest(from string, files []string) (file, problem string) {
	distance := func(file string) int {
		if path.Dir(file) == path.Dir(from) {
			return -1
		}
		return strings.Count(file, "/")
	}
	files = slices.Compact(slices.Clone(files))
	slices.SortStableFunc(files, func(x, y string) int { return cmp.Compare(distance(x), distance(y)) })
	if len(files) > 1 && distance(files[0]) == distance(files[1]) {
		return "", fmt.Sprintf("can mean %s and %s; name one with its folder", files[0], files[1])
	}
	return files[0], ""
}

func (b *Blog) hiddenNote(name string) string {
	for _, file := range slices.Sorted(maps.Keys(b.hidden)) {
		base := path.Base(file)
		if strings.EqualFold(base, path.Base(name)) || strings.EqualFold(strings.TrimSuffix(base, path.Ext(base)), path.Base(name)) {
			return b.hidden[file]
		}
	}
	return ""
}

// guessNote names a file that may be meant: one whose name differs in spelling only.
func (b *Blog) guessNote(name string) string {
	slug := slugify(path.Base(name))
	for _, p := range b.all {
		if base := slugify(p.name); base == slug || slugify(p.title) == slug || len(slug) > 3 && (strings.HasPrefix(base, slug) || strings.HasPrefix(slug, base) && len(base) > 3) {
			return fmt.Sprintf("there is %s", p.file)
		}
	}
	return ""
}
