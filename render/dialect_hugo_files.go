package render

import (
	"path"
	"slices"
	"strings"

	"icecap/content"
)

// filePath is the path of a file that is no text: below the page of its bundle, below
// that of the text which its folder has the name of, or below the list of its section.
func (h *hugoFolder) filePath(b *Blog, file string) string {
	places := h.mountedAt(file)
	own := h.ownFilePath(b, file, places[0])
	for _, other := range places[1:] {
		_, section, rest := h.inSection(b, other)
		if from, err := content.ParsePath(b.settings.Prefix + h.listPath(b, section) + escapePath(rest)); err == nil && own != "" {
			b.lists = append(b.lists, content.Redirect{From: from, To: b.settings.Prefix + own})
		}
	}
	return own
}

// A mounted is where a file is among the texts, by its path there.
type mounted struct {
	below string
	lang  int
}

// mountedAt are the places of a file that is no text: that in the deepest folder that is
// mounted, and those where it is mounted by itself.
func (h *hugoFolder) mountedAt(file string) (places []mounted) {
	folder := false
	for _, m := range h.Content {
		below, ok := m.Find(file)
		switch alone := file == m.Source; {
		case !ok, folder && !alone:
		case alone:
			places = append(places, mounted{below, m.Language})
		default:
			folder = true
			places = slices.Insert(places, 0, mounted{below, m.Language})
		}
	}
	if len(places) == 0 {
		return []mounted{{below: file}}
	}
	return places
}

// inSection is the place of a file, its section, and its path below that.
func (h *hugoFolder) inSection(b *Blog, at mounted) (p place, section, rest string) {
	p = h.placeAt(at.below, at.lang)
	section = h.section(b, &post{place: p})
	return p, section, strings.Trim(strings.TrimPrefix(path.Join(p.dir, path.Base(at.below)), section), "/")
}

// ownFilePath is the path of a file in one of its places.
func (h *hugoFolder) ownFilePath(b *Blog, file string, at mounted) string {
	p, section, rest := h.inSection(b, at)
	relative := h.listPath(b, section) + escapePath(rest)
	for dir := path.Dir(file); dir != "." && dir != "/"; dir = path.Dir(dir) {
		owners := h.pagesAt(b)[h.Path.FileName(dir)]
		if b.hugo.leaves[dir] {
			if owners = b.bundles[dir]; len(owners) == 0 {
				return "" // the bundle is not published
			}
		}
		if len(owners) == 0 {
			continue
		}
		// Translations share the files: they lie beside the page of the first language, or
		// of that which their name ends in.
		owner := slices.MinFunc(owners, func(x, y *post) int { return x.lang - y.lang })
		if own := slices.IndexFunc(owners, func(other *post) bool { return other.lang == p.lang }); own >= 0 {
			owner = owners[own]
		}
		beside := strings.TrimPrefix(bundlePath(owner.url.String()), b.settings.Prefix) + escapePath(strings.TrimPrefix(file, dir+"/"))
		if from, err := content.ParsePath(b.settings.Prefix + relative); err == nil && beside != relative && !b.hugo.leaves[dir] {
			b.lists = append(b.lists, content.Redirect{From: from, To: b.settings.Prefix + beside}) // where older Hugo had it
		}
		return beside
	}
	// HTML without front matter stays a document of its own; Hugo of today makes a
	// page of it.
	if ext := path.Ext(rest); ext == ".html" || ext == ".htm" {
		page := h.listPath(b, section) + escapePath(h.Path.Sanitize(h.Path.FileName(strings.TrimSuffix(rest, ext)))) + "/"
		if from, err := content.ParsePath(b.settings.Prefix + page); err == nil {
			b.lists = append(b.lists, content.Redirect{From: from, To: b.settings.Prefix + relative})
		}
	}
	return relative
}

// pagesAt are the texts beside which a folder of the same name may lie, whose files
// belong to them: those of trip are beside the page of trip.md.
func (h *hugoFolder) pagesAt(b *Blog) map[string][]*post {
	if b.hugo.pages == nil {
		b.hugo.pages = map[string][]*post{}
		for _, p := range b.all {
			if !p.index {
				at := h.Path.FileName(path.Join(path.Dir(p.file), p.name))
				b.hugo.pages[at] = append(b.hugo.pages[at], p)
			}
		}
	}
	return b.hugo.pages
}

// bundlePath is the folder of a page's files: that of the page, without ".html".
func bundlePath(page string) string {
	return strings.TrimSuffix(strings.TrimSuffix(page, ".html"), "/") + "/"
}
