package liquid

import (
	"fmt"
	"strings"
	"time"
)

// The limits of one rendering, with all that it includes.
const (
	MaxSteps    = 2_000_000 // nodes run and items filtered, beside [Host.Room]
	MaxOutput   = 8 << 20   // bytes written and captured, beside [Host.Room]
	MaxDepth    = 100       // blocks within blocks
	MaxIncludes = 50        // includes within includes
)

// A Host is the site that a template is part of.
type Host struct {
	// Include is the text and the name of a file of the includes, or, if relative, of
	// one beside the file from.
	Include func(from, name string, relative bool) (file, text string, err error)
	// Link is the path of the page made from a file, PostURL that of a post by its
	// name without an ending.
	Link, PostURL func(name string) (string, error)
	// Highlight is code as HTML.
	Highlight func(language, options, code string) string
	// Gist is what shows a gist.
	Gist func(id, file string) string
	// Convert is Markdown as HTML, for the filter markdownify.
	Convert func(text string) (string, error)
	// URL and BaseURL are for relative_url and absolute_url.
	URL, BaseURL string
	// Now is "now" for the filter date. A build has no clock, so it is a moment that
	// the content gives.
	Now time.Time
	// Room is how many bytes more than [MaxOutput] may be written, and for each 16 of them
	// a step more than [MaxSteps] be taken: a page that shows all texts of a large site
	// writes as much as they are.
	Room int
	// Zone is that of dates without one.
	Zone *time.Location
	Manners
	// Left is told of what is wrong and was let pass. It may be nil.
	Left func(*Error)
}

// Manners are what is let pass, instead of ending.
type Manners struct {
	// Lenient leaves out unknown tags and filters, and includes that are not there.
	Lenient bool
	// AnyFilter leaves a value as it is at an unknown filter, as Jekyll does. It is right
	// only for a site that has no plugins of its own: they may bring the filter.
	AnyFilter bool
	// Tags and Filters are those of plugins, by name: what a tag writes, and what a filter
	// makes of a text. They may be nil.
	Tags    map[string]func(line int, args string) string
	Filters map[string]func(text string) string
}

// A Drop is a value whose fields are worked out when they are asked for.
type Drop interface {
	// Get is a field, or nil.
	Get(key string) any
	// Keys are the names of the fields, nil for a value that is not written as a whole.
	Keys() []string
}

// An Error is what is wrong with a template, or that it passed a limit.
type Error struct {
	File string
	Line int
	What string
	Tag  string // the unknown tag or filter, if that is wrong
	// Passed says that Jekyll lets it pass, too: the text is what it would be there.
	Passed bool
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

// A Template has been parsed. It may be rendered by many at a time.
type Template struct {
	file  string
	nodes []node
	left  []*Error
}

// HasTags reports whether a text has anything for Liquid in it.
func HasTags(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%")
}

// Parse parses a text whose first line is the given line of a file.
func Parse(file, text string, line int, manners Manners) (*Template, error) {
	p := parser{file: file, tokens: lex(text, line), Manners: manners}
	nodes, err := p.block(nil)
	if err != nil {
		return nil, err
	}
	return &Template{file, nodes, p.left}, nil
}

// A Place tells which line of the template a byte of the output comes from: that
// at At, and those behind it up to the next place.
type Place struct{ At, Line int }

// Render runs a template. The variables are not changed. Places are those of the
// template's own text in the output, in order.
func (t *Template) Render(host *Host, variables map[string]any) (output string, places []Place, err error) {
	r := &run{host: host, file: t.file, scope: make(map[string]any, len(variables)+4), counters: map[string]int{}, cycles: map[string]int{}, offsets: map[string]int64{}}
	for name, value := range variables {
		r.scope[name] = value
	}
	r.tell(t)
	err = r.nodes(t.nodes)
	return string(r.out), r.places, err
}

// A run is one rendering.
type run struct {
	host     *Host
	file     string
	out      []byte
	captured int // bytes in captures so far
	scope    map[string]any
	counters map[string]int // of increment and decrement
	cycles   map[string]int
	offsets  map[string]int64 // where loops ended, for offset:continue
	changed  string           // of the last ifchanged
	places   []Place
	steps    int
	includes int
	inner    int // captures and includes around
	jump     jump
}

// tell tells the host what was left out of a template.
func (r *run) tell(t *Template) {
	if r.host.Left != nil {
		for _, e := range t.left {
			r.host.Left(e)
		}
	}
}

type jump int

const (
	onward jump = iota
	breaking
	continuing
)

func (r *run) nodes(list []node) error {
	for _, n := range list {
		if err := r.step(n.line(), 1); err != nil {
			return err
		}
		if err := n.run(r); err != nil {
			return err
		}
		if r.jump != onward {
			return nil
		}
	}
	return nil
}

// step counts what is done.
func (r *run) step(line, n int) error {
	r.steps += n
	if most := MaxSteps + r.host.Room/16; r.steps > most {
		return r.fail(line, "the Liquid here does not end: it takes more than %d steps", most)
	}
	return nil
}

func (r *run) write(line int, text string) error {
	if most := MaxOutput + r.host.Room; r.captured+len(r.out)+len(text) > most {
		return r.fail(line, "the Liquid here writes more than %d MiB: give its loop a limit", most>>20)
	}
	r.out = append(r.out, text...)
	return nil
}

func (r *run) fail(line int, format string, args ...any) error {
	return &Error{File: r.file, Line: line, What: fmt.Sprintf(format, args...)}
}

// capture is what nodes write.
func (r *run) capture(list []node) (string, error) {
	outer := r.out
	r.out = nil
	r.captured += len(outer)
	r.inner++
	err := r.nodes(list)
	text := string(r.out)
	r.out = outer
	r.captured += len(text) - len(outer)
	r.inner--
	return text, err
}
