package render

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"icecap/content"
	"icecap/render/code"
	"icecap/render/gotmpl"
)

// layoutShort is the template that the site's layouts have for a shortcode, unless the
// site's theme for icecap has one of its own.
func (b *Blog) layoutShort(name string) *layoutShort {
	one := b.dialect.layouts.short(name)
	if one == nil {
		return nil
	}
	if _, err := fs.Stat(b.fsys, path.Join(themeDir, "shortcodes", name+".html")); err == nil {
		return nil
	}
	return one
}

// prefersOurs reports whether a shortcode of ours by that name is taken, because the
// site's own template cannot be run, and says so.
func (c *conversion) prefersOurs(text []byte, tag shortTag, one *layoutShort) bool {
	if one.unfit == nil || !c.blog.knows(tag.name) {
		return false
	}
	p := c.problemIn(c.lineAt(text, tag.start), fmt.Sprintf("the shortcode %q is icecap's own, for the site's cannot be run: %v", tag.name, one.unfit), "")
	p.group = "shortcode " + tag.name
	c.warn(p)
	return true
}

// layoutShortcode is what replaces a shortcode of which the site has a template: what
// that makes of it, and if it cannot be run, what is between the tags.
func (c *conversion) layoutShortcode(text []byte, tag shortTag, inner string, one *layoutShort) []byte {
	line := c.lineAt(text, tag.start)
	out, err := "", one.unfit
	if err == nil && tag.pair >= 0 && !one.template.Inner && strings.TrimSpace(inner) != "" {
		err = fmt.Errorf("%s shows nothing of what is between its tags", one.file)
	}
	if err == nil {
		out, err = c.runLayout(tag, inner, line, one.template)
	}
	switch {
	case err == nil && tag.markdown:
		return []byte(out)
	case err == nil:
		return []byte(c.mark(out))
	}
	if errors.Is(err, gotmpl.ErrBudget) { // no leniency: which pages would lack something is a matter of chance
		p := c.problemIn(line, fmt.Sprintf("the shortcode %q is not run: %v", tag.name, err), "a file theme/shortcodes/"+tag.name+".html would be one of ours")
		p.group = "templates"
		c.errs = append(c.errs, p)
		return nil
	}
	p := c.problemIn(line, fmt.Sprintf("the shortcode %q cannot be run: %v", tag.name, err), "a file theme/shortcodes/"+tag.name+".html would be one of ours, and --lenient leaves it out, but not the text between its tags")
	p.group = "shortcode " + tag.name
	if c.blog.settings.Lenient {
		c.warn(p)
		if tag.pair < 0 { // a line of HTML around it must not become an empty one
			return []byte(c.mark(""))
		}
		return c.within(inner, line, c.parent)
	}
	c.errs = append(c.errs, p)
	return nil
}

// within replaces the shortcodes in a text between two tags.
func (c *conversion) within(inner string, line int, parent *gotmpl.Short) []byte {
	if inner == "" || c.depth == maxShortNesting {
		return nil
	}
	lines, around, ordinal := c.lines, c.parent, c.ordinal
	c.lines, c.parent, c.ordinal = lineMap{first: line}, parent, 0
	c.depth++
	out := c.replaceShortcodes([]byte(inner))
	c.depth--
	c.lines, c.parent, c.ordinal = lines, around, ordinal
	return out
}

// runLayout runs it. The shortcodes between its tags have run before.
func (c *conversion) runLayout(tag shortTag, inner string, line int, t *gotmpl.Template) (string, error) {
	if c.depth == maxShortNesting {
		return "", fmt.Errorf("shortcodes lie in one another more than %d deep", maxShortNesting)
	}
	env := c.layoutEnv(line)
	short := &gotmpl.Short{Name: tag.name, Args: tag.list, Named: tag.typed, Ordinal: c.ordinal, Page: env.Page, Parent: c.parent, Position: fmt.Sprintf("%s:%d", c.post.file, line)}
	c.ordinal++
	short.Inner = template.HTML(c.within(inner, line, short))
	return t.Execute(env, short)
}

// layoutEnv is what templates of the layouts may ask for in this text.
func (c *conversion) layoutEnv(line int) *gotmpl.Env {
	b := c.blog
	site := b.layoutSite(c.post.lang)
	env := &gotmpl.Env{
		Site: site, Title: b.dialect.layouts.title, Budget: b.layoutSites.budget,
		Markdown: func(text string, block bool) (template.HTML, error) {
			html, err := c.partOf(text, line, true)
			if block {
				return html, err
			}
			return unwrapped(html), err
		},
		Ref: func(name string) (string, error) {
			return refShortcode(c, shortTag{name: "ref", args: []string{name}})
		},
		Highlight: func(text, language, options string) (template.HTML, error) {
			var out strings.Builder
			code.Write(&out, language, options, text)
			return template.HTML(out.String()), nil
		},
		Warn: func(text string) { c.warn(c.problemIn(line, text, "")) },
	}
	if c.view == nil {
		c.view = b.layoutPage(c.post, site)
	}
	env.Page = c.view.With(env)
	return env
}

// layoutSites is what templates of the layouts know of the site in each language, and
// what they may do together in one build.
type layoutSites struct {
	once   sync.Once
	views  []*gotmpl.Site
	budget *gotmpl.Budget
}

// What the templates of a site may do together, in the unit of [gotmpl.MaxCost]: enough
// for a few shortcodes that do much and for many that do what shortcodes do.
const (
	layoutCost     = 100 * gotmpl.MaxCost
	layoutPageCost = gotmpl.MaxCost / 20
)

// layoutSite is what templates know of the site in a language.
func (b *Blog) layoutSite(lang int) *gotmpl.Site {
	b.layoutSites.once.Do(func() {
		b.layoutSites.budget = gotmpl.NewBudget(layoutCost + layoutPageCost*len(b.byFile))
		for i, e := range b.editions {
			params, _ := lowerKeys(e.site.Params).(map[string]any)
			site := &gotmpl.Site{
				Title: e.site.Title, BaseURL: b.absolute(b.settings.Prefix), LanguageCode: e.site.Language, Prefix: b.settings.Prefix,
				Params: params, Data: e.site.Data, Lang: e.key, Words: b.dialect.layouts.words[i],
			}
			site.Find = func(name string) *gotmpl.Page { return b.layoutFind(site, i, name) }
			site.All = sync.OnceValue(func() (all []*gotmpl.Page) {
				for _, p := range e.texts {
					all = append(all, b.layoutPage(p, site))
				}
				return all
			})
			b.layoutSites.views = append(b.layoutSites.views, site)
		}
	})
	return b.layoutSites.views[lang]
}

// layoutFind is a page by the name that templates have for it, or nil.
func (b *Blog) layoutFind(site *gotmpl.Site, lang int, name string) *gotmpl.Page {
	if name == "" || name == "/" {
		return &gotmpl.Page{Title: site.Title, Kind: "home", RelPermalink: b.settings.Prefix, Permalink: site.BaseURL, Site: site}
	}
	top := &post{place: place{key: "_index", lang: lang}}
	top.file = path.Join(b.dialect.root, "_index.md")
	at, err := content.ParsePath(b.findRef(top, lang, name))
	if err != nil {
		return nil
	}
	if p := b.byURL[at.Decoded()]; p != nil {
		return b.layoutPage(p, site)
	}
	if p := b.introAt[at.Decoded()]; p != nil {
		return b.layoutPage(p, site)
	}
	return nil
}

// ownRobots is what the site's own template makes of robots.txt, "" for ours.
func (b *Blog) ownRobots() string {
	l := b.dialect.layouts
	if l == nil || l.robots == nil && l.robotsUnfit == nil {
		return ""
	}
	out, err := "", l.robotsUnfit
	if err == nil {
		site := b.layoutSite(0)
		env := &gotmpl.Env{Site: site, Title: l.title}
		env.Page = b.layoutFind(site, 0, "/").With(env)
		out, err = l.robots.Execute(env, env.Page)
	}
	if err != nil {
		b.warn(Problem{File: path.Join(l.dirs[0], "robots.txt"), What: fmt.Sprintf("robots.txt is icecap's own, for the template cannot be run: %v", err)})
	}
	return out
}

// layoutPage is what templates know of a text.
func (b *Blog) layoutPage(p *post, site *gotmpl.Site) *gotmpl.Page {
	params, _ := lowerKeys(p.params).(map[string]any)
	section, _, _ := strings.Cut(strings.TrimPrefix(p.key, "/"), "/")
	if section == p.key {
		section = ""
	}
	view := &gotmpl.Page{
		Title: p.title, LinkTitle: p.linkTitle, Description: p.description, RelPermalink: p.url.String(), Permalink: b.absolute(p.url.String()),
		Date: p.date, Lastmod: p.changed(), PublishDate: p.publish, Params: params, Kind: "page", Section: section, Draft: p.draft, Weight: p.weight, Keywords: hugoTerms(p.params["keywords"]), Site: site,
	}
	if p.branch {
		if view.Kind = "section"; p.dir == b.dialect.languages[p.lang].dir {
			view.Kind = "home"
		}
	}
	if view.Type, _ = p.params["type"].(string); view.Type == "" {
		if view.Type = section; section == "" {
			view.Type = "page"
		}
	}
	below := strings.TrimPrefix(p.file, b.dialect.root+"/")
	base := strings.TrimSuffix(path.Base(p.file), path.Ext(p.file))
	view.File = &gotmpl.File{Path: below, Dir: path.Dir(below) + "/", Ext: strings.TrimPrefix(path.Ext(p.file), "."), LogicalName: path.Base(p.file),
		BaseFileName: base, TranslationBaseName: path.Base(p.key), ContentBaseName: p.name, Lang: b.dialect.languages[p.lang].key}
	view.Files = func() []*gotmpl.Resource { return b.layoutResources(p) }
	return view
}

// layoutResources are the files of a bundle.
func (b *Blog) layoutResources(p *post) (list []*gotmpl.Resource) {
	if !p.index {
		return nil
	}
	dir := path.Dir(p.file) + "/"
	for _, file := range b.snapshot.scan.files {
		name, below := strings.CutPrefix(file, dir)
		if !below || p.branch && strings.Contains(name, "/") {
			continue
		}
		at, published := b.fileURLs[file]
		if !published {
			continue
		}
		media, _ := at.Promises()
		kind, _, _ := strings.Cut(media.Type, "/")
		list = append(list, &gotmpl.Resource{
			Name: name, Title: name, RelPermalink: at.String(), Permalink: b.absolute(at.String()), ResourceType: kind,
			Read: func() ([]byte, error) { return readLimited(b.fsys, file, gotmpl.MaxText) },
		})
	}
	return list
}

// lowerKeys writes the keys of tables in lower case at every depth.
func lowerKeys(value any) any {
	switch v := value.(type) {
	case map[string]any:
		table := make(map[string]any, len(v))
		for key, value := range v {
			table[strings.ToLower(key)] = lowerKeys(value)
		}
		return table
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = lowerKeys(v[i])
		}
		return list
	}
	return value
}
