package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	emoji "github.com/yuin/goldmark-emoji"
	"github.com/yuin/goldmark/extension"

	"icecap/render/hugo"
)

// A hugoFolder is the folder of a Hugo site, with what its configuration says.
type hugoFolder struct {
	*hugo.Config
	fs     fs.FS
	ignore []*regexp.Regexp
}

// hugoDialect is the dialect of a folder of Hugo, or nil if it is none.
func (f *Folder) hugoDialect() (*dialect, error) {
	files := hugo.Files(f.FS)
	if len(files) == 0 {
		return nil, nil
	}
	config, err := hugo.Read(f.FS, files)
	var wrong *hugo.Error
	if errors.As(err, &wrong) {
		return nil, Problems{{File: wrong.File, Line: wrong.Line, What: wrong.Err.Error()}}
	}
	if err != nil {
		return nil, err
	}
	h := &hugoFolder{Config: config, fs: f.FS}
	if err := h.find(); err != nil {
		return nil, err
	}
	d := ours()
	d.tool, d.files, d.root, d.statics, d.data = "Hugo", append(files, hugo.Dirs()...), config.ContentDir, sources(config.Static), config.DataDir
	if d.config, err = json.Marshal(config); err != nil {
		return nil, fmt.Errorf("note the configuration: %w", err)
	}
	d.settings = h.settings()
	d.warnings = h.warnings()
	d.sort, d.place, d.survey, d.defaults, d.correct, d.hidden = h.sort, h.place, h.survey, h.defaults, h.correct, h.hidden
	d.notice = h.notice
	d.sharedURLs, d.strange = true, hugoStrange
	d.fileDates = false
	if d.layouts, err = readLayouts(f.FS, config.Layouts); err != nil {
		return nil, err
	}
	if config.RobotsTXT {
		if err := d.layouts.readRobots(); err != nil {
			return nil, err
		}
	}
	if hooks := d.layouts.hooks(); len(hooks) > 0 {
		d.warnings = append(d.warnings, Problem{File: hooks[0], What: "render hooks are not used: " + strings.Join(hooks, ", "), Hint: "links, headings, pictures, code and quotations are written as icecap does"})
	}
	d.layouts.title = func(text string) string { return hugo.Title(text, config.TitleStyle) }
	for _, l := range config.Languages {
		d.layouts.words = append(d.layouts.words, l.Words)
	}
	d.files, d.config = append(d.files, append(d.layouts.watched(), "assets")...), d.layouts.sum.Sum(d.config)
	d.wide = func(_ *post, text []byte) bool { return d.layouts.wide(text) }
	d.mend, d.noRef = hugoMend, config.NoRef
	d.segment, d.url, d.intro, d.section, d.listPath, d.listName = h.segment, h.url, h.intro, h.section, h.listPath, h.listName
	d.listAliases, d.termName = h.listAliases, h.termName
	d.filePath, d.alias, d.words = h.filePath, h.alias, h.words()
	d.order = hugoOrder(d.words)
	d.languages, d.taxonomies, d.menus = h.languageDirs(), h.taxonomies(), h.menus
	d.sitemap, d.static, d.others = config.Sitemap, h.static, h.otherForms
	d.feedForms, d.pagerPath = h.feedForms, config.PagerPath
	d.termIDs, d.hardWrap, d.countLetters = config.Markup.TermIDs, config.Markup.HardWraps, config.CJK
	d.extensions, d.headingID, d.prepare = h.extensions(), h.headingID, hugoMore
	d.summaryWords, d.wholeSummary = config.SummaryLength, true
	return d, nil
}

// hugoStrange are keys of other tools, which themes of Hugo use for what they like.
var hugoStrange = []string{"alias", "redirect_from", "permalink", "excerpt", "lang", "language", "last_modified_at", "updated", "tag", "category", "by", "noindex", "html"}

// sources are the folders of mounts.
func sources(mounts []hugo.Mount) (dirs []string) {
	for _, m := range mounts {
		dirs = append(dirs, m.Source)
	}
	return dirs
}

// find reads the patterns of files to ignore.
func (h *hugoFolder) find() error {
	for _, pattern := range h.IgnoreFiles {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return Problems{{File: h.Files[0], What: fmt.Sprintf("ignoreFiles: %v", err)}}
		}
		h.ignore = append(h.ignore, re)
	}
	return nil
}

func (h *hugoFolder) settings() Settings {
	return Settings{
		Title: h.Languages[0].Title, Description: h.Languages[0].Description, Author: h.Languages[0].Author, Language: h.Languages[0].Locale, URL: h.URL, Prefix: h.Prefix,
		PageSize: h.PagerSize, FeedSize: h.FeedLimit, Timezone: h.TimeZone, RawHTML: h.Markup.Unsafe,
		WarnLinks: true, // Hugo looks at no link
		Drafts:    h.Drafts, Future: h.Future, Expired: h.Expired, Math: h.math(),
	}
}

// math are the marks that are passed through to a script for formulas.
func (h *hugoFolder) math() (marks MathMarks) {
	for _, mark := range h.Markup.Passthrough {
		switch mark {
		case "$":
			marks.Dollar = true
		case "$$":
			marks.Dollars = true
		case `\(`:
			marks.Round = true
		case `\[`:
			marks.Square = true
		}
	}
	return marks
}

// warnings names every key of the configuration that is not followed, once.
func (h *hugoFolder) warnings() (list Problems) {
	if len(h.Ignored) > 0 {
		list = append(list, Problem{File: h.Files[0], What: "these keys of Hugo's configuration are not followed: " + strings.Join(h.Ignored, ", "),
			Hint: "the README says what of a Hugo site is carried"})
	}
	for _, format := range h.Unmade() {
		list = append(list, Problem{File: h.Files[0], What: "the output format " + format + " is not made: only a template of the site's own says what is in it", Hint: "feeds are made of formats with the media type of RSS, Atom or JSON Feed"})
	}
	return list
}

// languageDirs are the languages with the folder of the site that each has.
func (h *hugoFolder) languageDirs() (list []language) {
	for i, l := range h.Languages {
		one := language{key: l.Key, dir: h.languageDir(i), locale: l.Locale, label: l.Label, direction: l.Direction, weight: l.Weight, params: l.Params}
		if i > 0 { // those of the first are among the settings
			one.title, one.description, one.author = l.Title, l.Description, l.Author
		}
		list = append(list, one)
	}
	return list
}

// foreignTexts are the endings of texts that Hugo reads with the help of others.
var foreignTexts = []string{".adoc", ".asciidoc", ".ad", ".rst", ".pandoc", ".pdc", ".mmark"}

// sort says what a name is: what lies below a folder of content or of static files
// counts, everything else is Hugo's own.
func (h *hugoFolder) sort(name string, dir bool) nameSort {
	base := path.Base(name)
	for _, m := range h.Static {
		below, ok := m.Find(name)
		if dir && m.Holds(name) && (!ok || name == m.Source) {
			return sortStatic
		}
		if ok {
			switch {
			case base[0] != '.' || below == ".well-known":
				return sortStatic
			case dir || base == ".DS_Store" || strings.HasPrefix(base, ".git"):
				return sortLeft
			}
			return sortForeign
		}
	}
	within := slices.ContainsFunc(h.Content, func(m hugo.Mount) bool {
		_, ok := m.Find(name)
		return ok || dir && m.Holds(name)
	})
	switch ext := strings.ToLower(path.Ext(name)); {
	case !within, base[0] == '.', base[0] == '#', strings.HasSuffix(base, "~"):
		return sortLeft
	case slices.ContainsFunc(h.ignore, func(re *regexp.Regexp) bool { return re.MatchString("/" + name) }):
		return sortLeft
	case dir:
		return sortFile
	case base == adapterName:
		return sortAdapter
	case slices.Contains(foreignTexts, ext):
		return sortForeign
	case isMarkdown(name), isOrg(name), isHTMLText(h.fs, name):
		return sortText
	}
	return sortFile
}

// isHTMLText reports whether a file is a page whose text is HTML: it has front matter.
func isHTMLText(fsys fs.FS, name string) bool {
	if ext := strings.ToLower(path.Ext(name)); ext != ".html" && ext != ".htm" {
		return false
	}
	f, err := fsys.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 8)
	n, _ := f.Read(head)
	first, _ := cutLine(head[:n])
	return string(first) == "---" || string(first) == "+++"
}

// place finds the language by the folder of content or by the file's name.
func (h *hugoFolder) place(file string) place {
	for _, m := range h.Content {
		if below, ok := m.Find(file); ok {
			return h.placeAt(below, m.Language)
		}
	}
	return h.placeAt(file, 0)
}

// placeAt goes by a path below the texts, in a folder of a language.
func (h *hugoFolder) placeAt(file string, lang int) place {
	p := place{lang: lang}
	dir := strings.TrimPrefix(path.Dir("/"+file), "/")
	p.name = strings.TrimSuffix(path.Base(file), path.Ext(file))
	if dot := strings.LastIndexByte(p.name, '.'); dot > 0 {
		for i, l := range h.Languages {
			if strings.EqualFold(p.name[dot+1:], l.Key) {
				p.name, p.lang = p.name[:dot], i
				break
			}
		}
	}
	p.branch = p.name == "_index"
	p.index = p.branch || p.name == "index"
	p.key = path.Join(dir, p.name)
	p.dir = path.Join(h.languageDir(p.lang), dir)
	if p.index {
		p.name = strings.TrimPrefix(path.Base("/"+dir), "/") // the front page has none
	}
	if p.dir == "." {
		p.dir = ""
	}
	return p
}

// static is the path of a static file below the top of the site, or "".
func (h *hugoFolder) static(name string) string {
	for _, m := range h.Static {
		if below, ok := m.Find(name); ok {
			return below
		}
	}
	return ""
}

// languageDir is the folder of the site that a language has, "" for the top.
func (h *hugoFolder) languageDir(i int) string {
	if i == 0 && !h.LanguageInSub {
		return ""
	}
	return h.Languages[i].Key
}

// extensions are those of Markdown that the configuration leaves on.
func (h *hugoFolder) extensions() (list []goldmark.Extender) {
	m := h.Markup
	for _, e := range []struct {
		on bool
		goldmark.Extender
	}{
		{m.Table, extension.Table}, {m.Strikethrough, extension.Strikethrough}, {m.Linkify, extension.Linkify}, {m.TaskList, extension.TaskList},
		{m.Footnote, h.footnotes()}, {m.DefinitionList, extension.DefinitionList}, {m.Typographer, h.typographer()}, {m.Emoji, emoji.Emoji},
		{m.TitleAttributes, headingAttributes{}}, {m.BlockAttributes, blockAttributes{strict: true}}, {m.Delete, deleteMark}, {m.Insert, insertMark}, {m.Mark, highlightMark}, {m.Subscript, subscriptMark}, {m.Superscript, superscriptMark},
		{m.CJK, extension.NewCJK(extension.WithEastAsianLineBreaks())}, {m.EscapedSpace, extension.NewCJK(extension.WithEscapedSpace())},
	} {
		if e.on {
			list = append(list, e.Extender)
		}
	}
	return list
}

// footnotes have the way back that the configuration gives.
func (h *hugoFolder) footnotes() goldmark.Extender {
	if h.Markup.Backlink == "" {
		return extension.Footnote
	}
	return extension.NewFootnote(extension.WithFootnoteBacklinkHTML(h.Markup.Backlink))
}

// typographer puts what the configuration says in the place of quotes, dashes and dots.
func (h *hugoFolder) typographer() goldmark.Extender {
	if len(h.Markup.Punctuation) == 0 {
		return extension.Typographer
	}
	signs := extension.TypographicSubstitutions{}
	for name, sign := range map[string]extension.TypographicPunctuation{
		"leftsinglequote": extension.LeftSingleQuote, "rightsinglequote": extension.RightSingleQuote,
		"leftdoublequote": extension.LeftDoubleQuote, "rightdoublequote": extension.RightDoubleQuote,
		"endash": extension.EnDash, "emdash": extension.EmDash, "ellipsis": extension.Ellipsis,
		"leftanglequote": extension.LeftAngleQuote, "rightanglequote": extension.RightAngleQuote, "apostrophe": extension.Apostrophe,
	} {
		if text, given := h.Markup.Punctuation[name]; given {
			signs[sign] = []byte(text)
		}
	}
	return extension.NewTypographer(extension.WithTypographicSubstitutions(signs))
}
