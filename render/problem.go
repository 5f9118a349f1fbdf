package render

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Problem is a mistake in the content, with its place.
//
// Only warnings, because they do not make the site wrong: a symbolic link, a file
// of a type that cannot be published, a damaged picture, HTML that is left out, and a link to a path of this site's address
// under which the site itself has nothing, where something else may answer
// ([Settings.Alone] makes it an error).
type Problem struct {
	File    string // relative to the folder
	Line    int    // from 1; 0 if the whole file is meant
	Excerpt string // the line's text
	What    string
	Hint    string

	group string // those of one group are shown as one, with their number
}

func (p Problem) Error() string { return p.At() + ": " + p.What }

// At is the place, "posts/a.md:3".
func (p Problem) At() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Problems are all mistakes of a build, by file and line.
type Problems []Problem

func (p Problems) Error() string {
	if len(p) == 1 {
		return p[0].Error()
	}
	return fmt.Sprintf("%s (and %d more)", p[0].Error(), len(p)-1)
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line)
	})
}

// grouped joins those of a group to the first of them, in the order of p.
func (p Problems) grouped() Problems {
	type tally struct {
		at, uses int
		files    map[string]bool
	}
	groups := map[string]*tally{}
	var out Problems
	for _, one := range p {
		g := groups[one.group]
		if one.group == "" || g == nil {
			g = &tally{at: len(out), files: map[string]bool{}}
			out = append(out, one)
		}
		if one.group != "" {
			g.uses++
			g.files[one.File] = true
			groups[one.group] = g
		}
	}
	for _, g := range groups {
		switch {
		case g.uses > 1 && out[g.at].Line == 0: // whole files
			out[g.at].What += fmt.Sprintf(" (%d such files; this is the first)", g.uses)
		case g.uses > 1:
			out[g.at].What += fmt.Sprintf(" (%d uses in %d files; this is the first)", g.uses, len(g.files))
			if len(g.files) == 1 {
				out[g.at].What = strings.Replace(out[g.at].What, "in 1 files", "in this file", 1)
			}
		}
	}
	return out
}

// maxExcerpt is how much of a line is shown.
const maxExcerpt = 120

// excerpt is a line of a text, counted from 1.
func excerpt(text []byte, line int) string {
	for range line - 1 {
		_, rest, found := bytes.Cut(text, []byte("\n"))
		if !found {
			return ""
		}
		text = rest
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	first = bytes.TrimRight(bytes.ToValidUTF8(first, []byte("\uFFFD")), "\r")
	if len(first) > maxExcerpt {
		end := maxExcerpt
		for !utf8.RuneStart(first[end]) {
			end--
		}
		first = first[:end]
	}
	return string(first)
}
