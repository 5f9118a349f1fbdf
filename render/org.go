package render

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/niklasfasching/go-org/org"
	"github.com/yuin/goldmark/ast"
)

// Texts of Org (.org) in a Hugo site are read by the library that Hugo uses, and put
// into the nodes of Markdown, so that links, pictures, code, headings and HTML are
// treated alike, whatever a text is written in.

func isOrg(name string) bool { return strings.EqualFold(path.Ext(name), ".org") }

// Limits of texts of Org: the library looks through two lines for each sign that may
// begin something in a line, and reads blocks within blocks anew.
const (
	maxOrg       = 1 << 20
	maxOrgCost   = 1 << 28
	maxOrgBlocks = 2000
)

var orgSigns = "*/+=~_^[<\\@$"

// orgTrouble says why a text is not read, and where, or "".
func orgTrouble(text []byte) (line int, what string) {
	if len(text) > maxOrg {
		return 1, fmt.Sprintf("the text has more than %d MiB", maxOrg>>20)
	}
	cost, blocks := 0, 0
	for at, each := range bytes.Split(text, []byte("\n")) {
		signs := 0
		for _, c := range each {
			if strings.IndexByte(orgSigns, c) >= 0 {
				signs++
			}
		}
		if cost += 2 * signs * len(each); cost > maxOrgCost {
			return at + 1, "the line has too many signs of emphasis and links"
		}
		trimmed := bytes.TrimLeft(each, " \t")
		if len(trimmed) > 8 && bytes.EqualFold(trimmed[:8], []byte("#+begin_")) || len(trimmed) > 1 && trimmed[0] == ':' && bytes.HasSuffix(bytes.TrimRight(trimmed, " \t\r"), []byte(":")) {
			blocks++
		}
		if blocks > maxOrgBlocks {
			return at + 1, fmt.Sprintf("there are more than %d blocks and drawers", maxOrgBlocks)
		}
		if len(each)-len(trimmed) > 1000 || bytes.HasPrefix(each, []byte(strings.Repeat("*", 100))) {
			return at + 1, "the line lies too deep"
		}
	}
	return 0, ""
}

// orgConfiguration reads no other file and says nothing by itself.
func orgConfiguration() *org.Configuration {
	c := org.New()
	c.Log = log.New(io.Discard, "", 0)
	c.ReadFile = func(string) ([]byte, error) { return nil, errors.New("no file is read") }
	return c
}

// parseOrgText reads a text. Whatever is in it, the build goes on.
func parseOrgText(text []byte) (document *org.Document, err error) {
	defer func() {
		if recover() != nil {
			document, err = nil, errors.New("the text is malformed")
		}
	}()
	document = orgConfiguration().Parse(bytes.NewReader(text), "")
	return document, document.Error
}

// splitOrg finds the front matter of Org: the lines at the top that begin with "#+".
func splitOrg(data []byte) (frontMatter, *lineError) {
	start := 0
	if bytes.HasPrefix(data, utf8BOM) {
		start = len(utf8BOM)
	}
	rest := data[start:]
	if !bytes.HasPrefix(rest, []byte("#+")) {
		fm, problem := splitFrontMatter(data, true)
		if line, what := orgTrouble(data); what != "" && problem == nil {
			problem = &lineError{line, errors.New(what)}
		}
		return fm, problem
	}
	fm := frontMatter{format: 'o', line: 1, body: start, hugo: true}
	for bytes.HasPrefix(rest, []byte("#+")) {
		_, rest = cutLine(rest)
	}
	fm.raw, fm.body = data[start:len(data)-len(rest)], len(data)-len(rest)
	if problem := fm.tooLong(); problem != nil {
		return fm, problem
	}
	if line, what := orgTrouble(data); what != "" {
		return fm, &lineError{line, errors.New(what)}
	}
	return fm, nil
}

var orgDate = regexp.MustCompile(`[<\[](\d{4}-\d{2}-\d{2})(?: [^\d\s>\]]+)?(?: (\d{1,2}:\d{2}))?[^>\]]*[>\]]`)

// decodeOrg reads the settings of front matter by Hugo's rules: "tags[]" is a list of
// words, a key that is there twice a list, filetags are between colons.
func decodeOrg(raw []byte) (map[string]any, error) {
	document, err := parseOrgText(raw)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for key, value := range document.BufferSettings {
		key = strings.ToLower(key)
		words := func(list []string) (all []any) {
			for _, word := range list {
				all = append(all, word)
			}
			return all
		}
		name, isList := strings.CutSuffix(key, "[]")
		switch {
		case isList:
			values[name] = words(strings.Fields(value))
		case strings.Contains(value, "\n"):
			values[key] = words(strings.Split(value, "\n"))
		case key == "filetags":
			values[key] = words(strings.Split(strings.Trim(value, ":"), ":"))
		case slices.Contains([]string{"date", "lastmod", "publishdate", "expirydate"}, key):
			values[key] = orgTime(value)
		default:
			values[key] = value
		}
	}
	return values, nil
}

// orgTime is the text of a time without Org's brackets and day of the week.
func orgTime(value string) string {
	m := orgDate.FindStringSubmatch(value)
	if m == nil {
		return value
	}
	if m[2] == "" {
		return m[1]
	}
	if t, err := time.Parse("2006-01-02 15:04", m[1]+" "+m[2]); err == nil {
		return t.Format("2006-01-02T15:04:05")
	}
	return m[1]
}

// parseOrg reads the text as nodes of Markdown.
func (c *conversion) parseOrg() (root ast.Node) {
	document, err := parseOrgText(c.source)
	if err != nil {
		c.errs = append(c.errs, c.problemIn(c.lines.first, fmt.Sprintf("read it as Org: %v", err), ""))
		return ast.NewDocument()
	}
	defer func() {
		if recover() != nil {
			c.errs = append(c.errs, c.problemIn(c.lines.first, "read it as Org: the text is malformed", ""))
			root = ast.NewDocument()
		}
	}()
	w := &orgWriter{conversion: c, document: document, values: org.NewHTMLWriter(), own: len(c.source)}
	w.values.HighlightCodeBlock = func(source, _ string, _ bool, _ map[string]string) string { return source }
	top := ast.NewDocument()
	w.blocks(top, document.Nodes)
	w.footnotes(top)
	return top
}
