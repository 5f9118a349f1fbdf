package jekyll

import (
	"regexp"
	"strings"
)

// A Default is values of front matter for the files of a scope.
type Default struct {
	Path, Type string // "" for all
	HasType    bool
	Values     map[string]any
	glob       *regexp.Regexp
}

func (r *reader) defaults(c *Config) {
	list, _ := r.values["defaults"].([]any)
	for _, item := range list {
		set := table(item)
		values := table(set["values"])
		if values == nil {
			r.note("defaults", "an entry of defaults has no values")
			continue
		}
		scope := table(set["scope"])
		d := Default{Path: strings.Trim(Text(scope["path"]), "/"), Type: Text(scope["type"]), Values: values}
		_, d.HasType = scope["type"]
		switch d.Type {
		case "page", "post", "draft":
			d.Type += "s"
		}
		if strings.Contains(d.Path, "*") {
			d.glob = globPrefix(d.Path)
		}
		if dir := c.CollectionsDir; dir != "" {
			d.Path = strings.TrimPrefix(d.Path, dir+"/")
		}
		c.Defaults = append(c.Defaults, d)
	}
}

// globPrefix matches what begins with a name that a pattern of Ruby's Dir.glob finds.
func globPrefix(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case strings.HasPrefix(pattern[i:], "**/"):
			b.WriteString(`(?:[^/]+/)*`)
			i += 2
		case c == '*':
			b.WriteString(`[^/]*`)
		case c == '?':
			b.WriteString(`[^/]`)
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return regexp.MustCompile(b.String())
}

func (d Default) applies(file, kind string) bool {
	if d.HasType && d.Type != kind {
		return false
	}
	if d.glob != nil {
		return d.glob.MatchString(file)
	}
	return strings.HasPrefix(file, d.Path)
}

// precedes reports whether d goes before an earlier one: its path is longer, or it
// names a type where the other does not.
func (d Default) precedes(other Default) bool {
	if len(d.Path) != len(other.Path) {
		return len(d.Path) > len(other.Path)
	}
	return d.HasType || !other.HasType
}

// DefaultsOf are the front matter that a file gets from the configuration. Kind is
// "posts", "drafts", "pages" or the name of a collection.
func (c *Config) DefaultsOf(file, kind string) map[string]any {
	values := map[string]any{}
	var last *Default
	for i, d := range c.Defaults {
		if !d.applies(file, kind) {
			continue
		}
		before := last == nil || d.precedes(*last)
		for key, value := range d.Values {
			key = strings.ToLower(key)
			if _, there := values[key]; before || !there {
				values[key] = value
			}
		}
		if before {
			last = &c.Defaults[i]
		}
	}
	return values
}
