package render

import (
	"bytes"
	"slices"
	"strings"

	"icecap/render/feed"
	"icecap/render/hugo"
	"icecap/render/theme"
)

// Names of feeds below the path of their list. Hugo's is the first.
const (
	rssName  = "index.xml"
	atomName = "atom.xml"
	jsonName = "feed.json"
)

// A feedForm is a form that a feed is written in, and the place of its file.
type feedForm struct {
	label        string // for people
	folder, name string // before and below the path of the list
	kind         string // media type of the form
	media        string // that it is published as
	write        func(*bytes.Buffer, *feed.Feed) error
}

var (
	atomForm = feedForm{label: "Atom", name: atomName, kind: feed.AtomType, media: feed.AtomType, write: feed.Atom}
	rssForm  = feedForm{label: "RSS", name: rssName, kind: feed.RSSType, media: feed.RSSType, write: feed.RSS}
	jsonForm = feedForm{label: "JSON", name: jsonName, kind: feed.JSONType, media: "application/json", write: feed.JSON}
)

// path is that of the feed of a list below the prefix.
func (f feedForm) path(base string) string { return f.folder + base + f.name }

// ownFeedForms are those of a folder of ours: the front page and tags have all three,
// other lists none.
func ownFeedForms(_ string, _ *post, main bool) []feedForm {
	if !main {
		return nil
	}
	return []feedForm{atomForm, rssForm, jsonForm}
}

// feedForms are the forms of the feed of the list of a folder of the site.
func (b *Blog) feedForms(kind, dir string, main bool) []feedForm {
	return b.dialect.feedForms(kind, b.intros[dir], main)
}

// feeds are the links to the feeds of a list.
func (b *Blog) feeds(base, title string, forms []feedForm) (links []theme.Feed) {
	for _, form := range forms {
		links = append(links, theme.Feed{URL: b.settings.Prefix + form.path(feedBase(base)), Type: form.kind, Name: form.label, Title: title + " (" + form.label + ")"})
	}
	return links
}

// writeFeed writes a feed in one form.
func (e *edition) writeFeed(w *bytes.Buffer, c channel, form feedForm) error {
	c.self = form.path(c.base)
	return form.write(w, e.feedOf(c))
}

// feedOf is a channel of this site.
func (e *edition) feedOf(c channel) *feed.Feed {
	return &feed.Feed{
		Title: c.title, Description: c.description, Language: e.site.Language, Author: e.site.Author, Site: e.site.Title,
		Home: e.absolute(e.settings.Prefix + c.base), Self: e.absolute(e.settings.Prefix + c.self), Items: c.items,
	}
}

// feedForms are the formats of a list that the configuration, or the front matter of
// the list, says it has, and that are feeds. A feed in the main place has icecap's
// other forms, too.
func (h *hugoFolder) feedForms(kind string, intro *post, main bool) (forms []feedForm) {
	for _, f := range h.Feeds(kind, outputsOf(intro)) {
		for _, form := range []feedForm{atomForm, rssForm, jsonForm} {
			if form.kind != f.MediaType {
				continue
			}
			if form.name = f.File(); f.Folder != "" {
				form.folder = f.Folder + "/"
			}
			forms = append(forms, form)
		}
	}
	if len(forms) == 0 || !main {
		return forms
	}
	has := func(match func(feedForm) bool) bool { return slices.ContainsFunc(forms, match) }
	for _, form := range []feedForm{atomForm, jsonForm} {
		if !has(func(f feedForm) bool { return f.kind == form.kind || f.folder == "" && f.name == form.name }) {
			forms = append(forms, form)
		}
	}
	slices.SortStableFunc(forms, func(x, y feedForm) int { return bytes.Compare([]byte(x.label), []byte(y.label)) })
	return forms
}

// outputsOf are the formats that the front matter of a text says it has, or nil.
func outputsOf(p *post) []string {
	if p == nil {
		return nil
	}
	return hugoTerms(p.params["outputs"])
}

// otherForms are the paths of the other formats of a page that are for readers, such as
// AMP: they lead to the page.
func (h *hugoFolder) otherForms(p *post, own string) (paths []string) {
	for _, f := range h.OtherHTML(hugo.KindPage, outputsOf(p)) {
		if page := bundlePath(own); !strings.HasSuffix(own, ".html") || f.BaseName == "index" {
			if strings.HasSuffix(own, ".html") {
				page = own
			}
			paths = append(paths, f.Path(page))
		}
	}
	return paths
}

// otherLists are those of a list of any kind.
func (h *hugoFolder) otherLists(base string) (paths []string) {
	for _, kind := range []string{hugo.KindHome, hugo.KindSection, hugo.KindTaxonomy, hugo.KindTerm} {
		for _, f := range h.OtherHTML(kind, nil) {
			paths = append(paths, f.Path(base))
		}
	}
	return paths
}
