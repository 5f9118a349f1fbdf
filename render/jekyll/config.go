package jekyll

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"icecap/render/liquid"
)

// ConfigNames are the files at the top that make a folder one of Jekyll's, in the
// order in which they are looked for.
var ConfigNames = []string{"_config.yml", "_config.yaml", "_config.toml"}

// maxConfig bounds the configuration.
const maxConfig = 1 << 20

// A Config is what _config.yml says, with Jekyll's defaults.
type Config struct {
	File   string // that it was read from
	Source string // folder that all but File and the Gemfile lies in, "" for the top

	Title, Description, Author, Language string

	URL     string // without a slash at the end
	BaseURL string // path below which the site lies, "" or "/blog"

	Permalink                       string // a style, or a template
	Timezone                        string
	Future, Unpublished, ShowDrafts bool
	LimitPosts                      int    // of the posts only so many, the newest, are published; 0 for all
	Paginate                        int    // posts on a page, 0 for no pages
	PaginatePath                    string // "/page:num/"
	paginated                       string // folder of the page that lists the posts, "/" or "/blog/"
	ExcerptSeparator                string
	Exclude, Include                []string
	HeaderPages                     []string     // paths of the pages in the menu, as the theme minima has them
	MarkdownExt                     []string     // with dots
	CollectionsDir                  string       // seen from Source
	Includes, DataDir               string       // seen from the top
	Collections                     []Collection // sorted by name, without "posts"
	CollectionOrder                 []string     // their names, as they stand in the file
	PostsPermalink                  string       // of the collection "posts", or ""
	Defaults                        []Default

	// Kramdown's options.
	GFM       bool // input is GFM
	AutoIDs   bool
	IDPrefix  string
	HardWrap  bool
	Math      bool  // $$ marks formulas
	TOCLevels []int // levels of headings in a {:toc}

	Plugins  []string // by name, also those of the Gemfile
	Plugged  bool     // one of them is not carried
	Feed     Feed     // of jekyll-feed
	Archives Archives
	Values   map[string]any // all of it
	Ordered  map[string]any // likewise, with tables in the order of the file: what Liquid knows as site
}

// A Collection is a folder of documents beside the posts.
type Collection struct {
	Name      string
	Output    bool // its documents are pages
	Permalink string
	SortBy    string   // a key of the front matter that orders the documents, "" for their files'
	Order     []string // or their paths below the folder, in order; others come last
	Values    map[string]any
}

// A Feed is what jekyll-feed is told.
type Feed struct {
	Path        string // "/feed.xml"
	Limit       int
	ExcerptOnly bool
	Categories  []string // of each of which there is a feed of its own
	Tags        bool     // and of each tag
	TagsPath    string
	Collections []CollectionFeed // of other collections than the posts, by name
}

// A CollectionFeed is the feed of the documents of a collection.
type CollectionFeed struct {
	Name, Path string
	Categories []string // of each of which there is a feed of its own
}

// A Note is what in the configuration is met and not carried.
type Note struct {
	File string
	Line int // 0 for none
	What string
}

// An Error is what is wrong with the configuration.
type Error struct {
	File string
	Line int
	What string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

// Find is the name of the configuration, or "" if the folder is none of Jekyll's: it
// has neither that nor posts.
func Find(fsys fs.FS) string {
	for _, name := range ConfigNames {
		if info, err := fs.Stat(fsys, name); err == nil && info.Mode().IsRegular() {
			return name
		}
	}
	return ""
}

// Read reads the configuration. Without a file of that name it is Jekyll's defaults.
func Read(fsys fs.FS, name string) (*Config, []Note, error) {
	values := map[string]any{}
	var data []byte
	if name != "" {
		var err error
		if data, err = readSmall(fsys, name); err != nil {
			return nil, nil, err
		}
		if values, err = decode(name, data); err != nil {
			return nil, nil, err
		}
	}
	r := &reader{file: name, data: string(data), values: values}
	source, err := r.source(fsys)
	if err != nil {
		return nil, nil, err
	}
	c := r.config(source)
	c.Ordered = values
	if whole, ok := Ordered(data, values).(*liquid.Table); ok {
		c.Ordered = whole.Values
	}
	c.CollectionOrder = collectionOrder(c.Ordered["collections"])
	c.Ordered = withDefaults(c.Ordered)
	gems, err := readGems(fsys)
	if err != nil {
		return nil, nil, err
	}
	for _, gem := range gems {
		if !slices.Contains(c.Plugins, gem) {
			c.Plugins = append(c.Plugins, gem)
		}
	}
	r.plugins(c)
	var found bool
	if c.paginated, found = c.listPage(fsys); !found && c.Paginate > 0 {
		c.Paginate = 0
		r.note("paginate", "paginate has no effect without an index.html with front matter in the folder of paginate_path or above it")
	}
	r.repeated(fsys, c)
	r.ignored()
	return c, r.notes, nil
}

func readSmall(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if info.Size() > maxConfig {
		return nil, &Error{name, 1, fmt.Sprintf("it has more than %d KiB", maxConfig>>10)}
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}

// decode reads YAML or TOML. A decoder must never take the build down.
func decode(name string, data []byte) (values map[string]any, err error) {
	defer func() {
		if recover() != nil {
			values, err = nil, &Error{name, 1, "it is malformed"}
		}
	}()
	values = map[string]any{}
	if path.Ext(name) == ".toml" {
		if err := toml.Unmarshal(data, &values); err != nil {
			line := 1
			var wrong *toml.DecodeError
			if errors.As(err, &wrong) {
				line, _ = wrong.Position()
			}
			return nil, &Error{name, line, strings.TrimPrefix(err.Error(), "toml: ")}
		}
		return values, nil
	}
	value, err := DecodeYAML(data)
	if err != nil {
		return nil, yamlError(name, err)
	}
	if value != nil {
		var ok bool
		if values, ok = value.(map[string]any); !ok {
			return nil, &Error{name, 1, "it is no list of keys with values"}
		}
	}
	return values, nil
}

// yamlError finds the line of a decoder's error.
func yamlError(name string, err error) *Error {
	line, what := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if _, scanErr := fmt.Sscanf(what, "line %d:", &line); scanErr == nil {
		_, what, _ = strings.Cut(what, ": ")
	}
	return &Error{name, line, what}
}

// readGems lists the gems that the Gemfile names.
func readGems(fsys fs.FS) ([]string, error) {
	data, err := readSmall(fsys, "Gemfile")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var gems []string
	for line := range strings.Lines(string(data)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "gem ")
		if !ok {
			continue
		}
		name := strings.FieldsFunc(rest, func(r rune) bool { return r == '"' || r == '\'' || r == ',' || r == ' ' })
		if len(name) > 0 && (strings.HasPrefix(name[0], "jekyll-") || name[0] == "github-pages" || name[0] == "jemoji") && !strings.HasPrefix(name[0], "jekyll-theme") {
			gems = append(gems, name[0])
		}
	}
	return gems, err
}

// Has reports whether a plugin is in use.
func (c *Config) Has(plugin string) bool { return slices.Contains(c.Plugins, plugin) }
