package gotmpl

import (
	"html/template"
	"strings"
	"time"
)

// An Env is what a run may ask for. What is nil is not known there.
type Env struct {
	Site *Site
	Page *Page
	// Markdown converts a text as a part of the page; a text of one paragraph is
	// without its tags, unless it is to be a block.
	Markdown func(text string, block bool) (template.HTML, error)
	// Ref is the path of a page by the name of its file.
	Ref func(name string) (string, error)
	// Highlight colours code.
	Highlight func(code, language, options string) (template.HTML, error)
	// Asset reads a file of the folder "assets".
	Asset func(name string) ([]byte, bool)
	// Title makes a title of a text, in the site's style; nil: each word is large.
	Title func(text string) string
	// Warn notes what a template warns of.
	Warn func(text string)
	// Budget is shared by all runs for a site; nil bounds only each of them.
	Budget *Budget
}

// A Site is what templates know of the site.
type Site struct {
	Title, BaseURL, LanguageCode, Copyright string
	Prefix                                  string // path of the site, "/" or "/blog/"
	Params, Data                            map[string]any
	Lang                                    string
	Words                                   map[string]string       // of i18n, by names in lower case
	Find                                    func(path string) *Page // may be nil
	All                                     func() []*Page          // the pages with a text, which nobody changes; may be nil
}

// Language is that of the site.
func (s *Site) Language() map[string]string {
	return map[string]string{"Lang": s.Lang, "LanguageCode": s.LanguageCode, "Locale": s.LanguageCode}
}

// IsServer is false: what is published does not depend on who asks.
func (s *Site) IsServer() bool { return false }

// GetPage is a page by its path, or nil.
func (s *Site) GetPage(path string) (*Page, error) {
	if s.Find == nil {
		return nil, unknownHere(".GetPage")
	}
	return s.Find(path), nil
}

// RegularPages are the pages with a text.
func (s *Site) RegularPages() ([]*Page, error) {
	if s.All == nil {
		return nil, unknownHere(".RegularPages")
	}
	return s.All(), nil
}

// A Page is what templates know of one. Params have keys in lower case at every depth.
type Page struct {
	Title, LinkTitle, Description string
	RelPermalink, Permalink       string
	Date, Lastmod, PublishDate    time.Time
	Params                        map[string]any
	Kind, Type, Section           string
	Draft                         bool
	Weight                        int
	Keywords                      []string
	Site                          *Site
	File                          *File
	Files                         func() []*Resource // beside the page; may be nil

	env   *Env
	store *Store
}

// With is the page for one run: its text is converted there.
func (p *Page) With(env *Env) *Page {
	if p.store == nil {
		p.store = &Store{values: map[string]any{}}
	}
	own := *p
	own.env = env
	return &own
}

// A File is that of a page, below the folder of content.
type File struct {
	Path, Dir, Ext                                                        string
	LogicalName, BaseFileName, TranslationBaseName, ContentBaseName, Lang string
}

// Page is the page itself: a shortcode has one, and so has a page.
func (p *Page) Page() *Page { return p }

// IsPage tells a page from a list.
func (p *Page) IsPage() bool { return p.Kind == "page" }

// IsHome tells the front page.
func (p *Page) IsHome() bool { return p.Kind == "home" }

// IsSection tells the list of a section.
func (p *Page) IsSection() bool { return p.Kind == "section" }

// IsNode tells a list.
func (p *Page) IsNode() bool { return p.Kind != "page" }

// Language is that of the site.
func (p *Page) Language() map[string]string { return p.Site.Language() }

// Param is a parameter of the page, else of the site.
func (p *Page) Param(key string) any {
	for _, params := range []map[string]any{p.Params, p.Site.Params} {
		var value any = params
		for part := range strings.SplitSeq(strings.ToLower(key), ".") {
			table, _ := value.(map[string]any)
			value = table[part]
		}
		if value != nil {
			return value
		}
	}
	return nil
}

// GetPage is another page by its path, or nil.
func (p *Page) GetPage(path string) (*Page, error) { return p.Site.GetPage(path) }

// RenderString converts Markdown: RenderString TEXT, or RenderString (dict "display"
// "block") TEXT.
func (p *Page) RenderString(args ...any) (template.HTML, error) {
	if p.env == nil || p.env.Markdown == nil || len(args) == 0 {
		return "", unknownHere(".RenderString")
	}
	options, _ := args[0].(map[string]any)
	return p.env.Markdown(text(args[len(args)-1]), len(args) > 1 && text(options["display"]) == "block")
}

// Store keeps values while the page is made. That of another page is not known: what
// is in it depends on which page is made first.
func (p *Page) Store() (*Store, error) {
	if p.store == nil {
		return nil, unknownHere(".Store of another page")
	}
	return p.store, nil
}

// Scratch is Store.
func (p *Page) Scratch() (*Store, error) { return p.Store() }

// Resources are the files beside the page.
func (p *Page) Resources() Resources {
	if p.Files == nil {
		return nil
	}
	return p.Files()
}

// A Short is what the template of a shortcode gets.
type Short struct {
	Name        string
	Args        []any
	Named       map[string]any
	Inner       template.HTML
	Ordinal     int
	Page        *Page
	Parent      *Short // of a shortcode within another
	Position    string
	InnerIndent string // of the line that the shortcode stands in

	store *Store
}

// Get is an argument by its name or its position, "" if there is none.
func (s *Short) Get(key any) any {
	if name, ok := key.(string); ok {
		if value, ok := s.Named[name]; ok {
			return value
		}
		return ""
	}
	if at, err := whole(key); err == nil && at >= 0 && at < len(s.Args) {
		return s.Args[at]
	}
	return ""
}

// Params are all arguments: a table of those with names, else a list.
func (s *Short) Params() any {
	if !s.IsNamedParams() {
		return s.Args
	}
	all := map[string]any{}
	for key, value := range s.Named {
		all[key] = value
		if lower := strings.ToLower(key); lower != key && s.Named[lower] == nil {
			all[lower] = value // as a template's .Params.imgSrc asks for it here
		}
	}
	return all
}

// IsNamedParams tells arguments by name from those by position.
func (s *Short) IsNamedParams() bool { return len(s.Named) > 0 }

// InnerDeindent is Inner without the space that all its lines begin with.
func (s *Short) InnerDeindent() template.HTML {
	lines := strings.Split(string(s.Inner), "\n")
	indent := -1
	for _, line := range lines {
		if trimmed := strings.TrimLeft(line, " \t"); trimmed != "" && (indent < 0 || len(line)-len(trimmed) < indent) {
			indent = len(line) - len(trimmed)
		}
	}
	for i, line := range lines {
		lines[i] = line[min(max(indent, 0), len(line)):]
	}
	return template.HTML(strings.Join(lines, "\n"))
}

// Site is that of the page.
func (s *Short) Site() *Site { return s.Page.Site }

// Ref is the path of a page: {{ .Ref "a.md" }} or with (dict "path" "a.md").
func (s *Short) Ref(args any) (string, error) {
	if s.Page.env == nil || s.Page.env.Ref == nil {
		return "", unknownHere(".Ref")
	}
	if table, ok := args.(map[string]any); ok {
		args = table["path"]
	}
	return s.Page.env.Ref(text(args))
}

// RelRef is Ref.
func (s *Short) RelRef(args any) (string, error) { return s.Ref(args) }

// Store keeps values for the shortcodes within this one.
func (s *Short) Store() *Store {
	if s.store == nil {
		s.store = &Store{values: map[string]any{}}
	}
	return s.store
}

// Scratch is Store.
func (s *Short) Scratch() *Store { return s.Store() }

// What a value is called where a template writes it as a whole.

func (p *Page) String() string  { return "Page(" + p.RelPermalink + ")" }
func (s *Site) String() string  { return "Site(" + s.Title + ")" }
func (s *Short) String() string { return "Shortcode(" + s.Name + ")" }
