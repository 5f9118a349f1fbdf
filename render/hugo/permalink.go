package hugo

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kinds of pages.
const (
	KindPage     = "page"
	KindHome     = "home"
	KindSection  = "section"
	KindTaxonomy = "taxonomy"
	KindTerm     = "term"
)

// A Permalink is a pattern for the URLs of the pages that its target matches.
type Permalink struct {
	Target  Target
	Pattern string
}

// A Target matches pages by their kind and their path, both globs; an empty one
// matches all.
type Target struct {
	Kind, Path, Lang string
	kind, path, lang *regexp.Regexp
}

func newTarget(kind, path, lang string) (Target, error) {
	t := Target{Kind: kind, Path: path, Lang: lang}
	for _, field := range []struct {
		glob string
		into **regexp.Regexp
	}{{kind, &t.kind}, {path, &t.path}, {lang, &t.lang}} {
		if field.glob == "" {
			continue
		}
		re, err := glob(field.glob)
		if err != nil {
			return t, fmt.Errorf("the pattern %q cannot be read", field.glob)
		}
		*field.into = re
	}
	return t, nil
}

// Matches reports whether a page is meant. Its path begins with a slash and has
// names as in [Path.FileName], without an ending.
func (t Target) Matches(kind, path, lang string) bool {
	return (t.kind == nil || t.kind.MatchString(kind)) && (t.path == nil || t.path.MatchString(strings.ToLower(path))) && (t.lang == nil || t.lang.MatchString(lang))
}

// maxGlob bounds a glob, for each page is matched with each of them.
const maxGlob = 500

// glob makes a regular expression of a glob: "*" stops at a slash, "**" does not,
// and {a,b} is either. Letter case does not count.
func glob(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxGlob {
		return nil, errors.New("it is too long")
	}
	var b strings.Builder
	b.WriteString(`(?is)\A`)
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case strings.HasPrefix(pattern[i:], "**"):
			b.WriteString(".*")
			i++
		case c == '*':
			b.WriteString("[^/]*")
		case c == '?':
			b.WriteString("[^/]")
		case c == '{':
			depth++
			b.WriteString("(?:")
		case c == '}' && depth > 0:
			depth--
			b.WriteString(")")
		case c == ',' && depth > 0:
			b.WriteString("|")
		case c == '[' && strings.HasPrefix(pattern[i:], "[!"):
			b.WriteString("[^")
			i++
		case c == '[', c == ']':
			b.WriteByte(c)
		case c == '\\' && i+1 < len(pattern):
			i++
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		}
	}
	b.WriteString(`\z`)
	return regexp.Compile(b.String())
}

// readPermalinks reads the three forms: a list of targets and patterns, patterns by
// kind and section, and patterns by section, which count for pages and terms.
func (c *Config) readPermalinks(all values) error {
	add := func(kind, path, pattern string) error {
		target, err := newTarget(kind, path, "")
		if err != nil {
			return fmt.Errorf("permalinks: %w", err)
		}
		if err := checkPattern(pattern); err != nil {
			return fmt.Errorf("permalinks: %w", err)
		}
		c.Permalinks = append(c.Permalinks, Permalink{target, pattern})
		return nil
	}
	if _, list := all["permalinks"].([]any); list {
		for _, rule := range all.tables("permalinks") {
			target := rule.table("target")
			if err := add(target.text("kind"), target.text("path"), rule.text("pattern")); err != nil {
				return err
			}
		}
		return nil
	}
	table := all.table("permalinks")
	for _, key := range longestFirst(table) {
		if sections, byKind := table[key].(values); byKind {
			for _, section := range longestFirst(sections) {
				if err := add(key, sectionGlob(section), sections.text(section)); err != nil {
					return err
				}
			}
			continue
		}
		if err := add("{page,term}", sectionGlob(key), table.text(key)); err != nil {
			return err
		}
	}
	return nil
}

// longestFirst puts the keys of deeper sections before those above them.
func longestFirst(table values) []string {
	return slices.SortedFunc(maps.Keys(table), func(x, y string) int {
		if len(x) != len(y) {
			return len(y) - len(x)
		}
		return strings.Compare(x, y)
	})
}

func sectionGlob(section string) string {
	if section = strings.Trim(section, " /"); section == "" {
		return "/*"
	}
	return "/{" + section + "," + section + "/**}"
}

// A Place is what a permalink can be made of.
type Place struct {
	Date            time.Time
	Title, Slug     string
	Name            string   // of the file without its ending, or of a bundle's folder
	Sections        []string // the section of the page and those above it, by their folders
	SectionSlugs    []string // the same, by slug or title
	IsSectionItself bool     // the page is the list of a section: it has no file name
}

var token = regexp.MustCompile(`:\w+(\[.+?\])?`)

// reference is a time whose every field differs from the one that Go's layouts are
// written with, so that a layout always comes out changed.
var reference = time.Date(2019, time.November, 9, 23, 1, 42, 1, time.UTC)

var errToken = errors.New("no page has such a part")

// checkPattern reports tokens that there are not.
func checkPattern(pattern string) error {
	for _, t := range token.FindAllString(strings.ReplaceAll(pattern, `\:`, ""), -1) {
		if _, ok := (Place{}).part(t[1:], Path{}); !ok {
			return fmt.Errorf("%s in %q: %w", t, pattern, errToken)
		}
	}
	return nil
}

// Expand makes a path of a pattern; see Hugo's documentation of permalinks for its
// tokens. The result is not yet sanitized.
func Expand(pattern string, p Place, names Path) (string, error) {
	const colon = "\x00"
	var unknown string
	out := token.ReplaceAllStringFunc(strings.ReplaceAll(pattern, `\:`, colon), func(t string) string {
		part, ok := p.part(t[1:], names)
		if !ok && unknown == "" {
			unknown = t
		}
		return part
	})
	if unknown != "" {
		return "", fmt.Errorf("%s in %q: %w", unknown, pattern, errToken)
	}
	out = strings.ReplaceAll(out, colon, ":")
	if unescaped, err := url.QueryUnescape(out); err == nil {
		out = unescaped
	}
	return out, nil
}

// part is the value of one token.
func (p Place) part(name string, names Path) (string, bool) {
	clean := func(text string) string {
		text = names.Sanitize(text)
		// Hugo reads it as a URL, and an empty fragment is lost then: "C#" is /c/ here.
		if before, after, _ := strings.Cut(text, "#"); after == "" {
			text = before
		}
		return url.QueryEscape(text)
	}
	switch name {
	case "year":
		return strconv.Itoa(p.Date.Year()), true
	case "month":
		return p.Date.Format("01"), true
	case "monthname":
		return p.Date.Month().String(), true
	case "day":
		return p.Date.Format("02"), true
	case "weekday":
		return strconv.Itoa(int(p.Date.Weekday())), true
	case "weekdayname":
		return p.Date.Weekday().String(), true
	case "yearday":
		return strconv.Itoa(p.Date.YearDay()), true
	case "section":
		return first(p.Sections), true
	case "sectionslug":
		return clean(first(p.SectionSlugs)), true
	case "sections":
		return path.Join(p.Sections...), true
	case "sectionslugs":
		return path.Join(p.SectionSlugs...), true
	case "title":
		return clean(p.Title), true
	case "slug":
		return clean(orElse(p.Slug, p.Title)), true
	case "slugorfilename", "slugorcontentbasename":
		return clean(orElse(p.Slug, p.fileName())), true
	case "filename", "contentbasename":
		return clean(p.fileName()), true
	}
	if cut, ok := strings.CutPrefix(name, "sections["); ok {
		return path.Join(slice(p.Sections, strings.TrimSuffix(cut, "]"))...), true
	}
	if cut, ok := strings.CutPrefix(name, "sectionslugs["); ok {
		return path.Join(slice(p.SectionSlugs, strings.TrimSuffix(cut, "]"))...), true
	}
	if reference.Format(name) != name {
		return p.Date.Format(name), true
	}
	return "", false
}

func (p Place) fileName() string {
	if p.IsSectionItself {
		return ""
	}
	return p.Name
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// slice takes a part of a list: 1, 1:3, :last, last. What is out of range is empty.
func slice(list []string, cut string) []string {
	if len(list) == 0 {
		return nil
	}
	at := func(text string, absent, beyond int) int {
		switch text {
		case "":
			return absent
		case "last":
			return len(list) - 1
		}
		n, _ := strconv.Atoi(text)
		if n = max(n, 0); n >= len(list) {
			return beyond
		}
		return n
	}
	low, high, isRange := strings.Cut(strings.ToLower(strings.TrimSpace(cut)), ":")
	start := at(low, 0, -1)
	if start < 0 {
		return nil
	}
	if !isRange {
		return list[start : start+1]
	}
	if end := at(high, len(list), len(list)); end >= start {
		return list[start:end]
	}
	return nil
}
