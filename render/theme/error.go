package theme

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template/parse"
)

// An Error is a template or an asset that cannot be used.
type Error struct {
	File    string // relative to the theme's folder
	Line    int    // 0 if it is the file as a whole
	Excerpt string // the line, without space around it
	Err     error
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("use %s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("use %s:%d: %v", e.File, e.Line, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// place is how text/template and html/template begin what they say:
// "template: post:3:12: ", "html/template:post:3: ".
var place = regexp.MustCompile(`^(?:html/template:|template: )([^:]+):(\d+)(?::\d+)?: (?:executing "[^"]*" at )?`)

// located moves the name and the line from what a template package says into
// fields. File is where the fault is if it does not say so.
func (t *Theme) located(file string, err error) error {
	e := &Error{File: file, Err: err}
	if m := place.FindStringSubmatch(err.Error()); m != nil {
		if _, known := t.files[m[1]+templateSuffix]; known {
			e.File = m[1] + templateSuffix
		}
		e.Line, _ = strconv.Atoi(m[2])
		e.Err = restError{err, err.Error()[len(m[0]):]}
	}
	if errors.Is(err, errEndless) {
		e.Err = errEndless
	}
	e.Excerpt = t.line(e.File, e.Line)
	return e
}

// A restError says only what is left of a message after its place.
type restError struct {
	error
	rest string
}

func (e restError) Error() string { return e.rest }
func (e restError) Unwrap() error { return e.error }

// line is a line of a file without space around it, cut at 120 bytes.
func (t *Theme) line(file string, number int) string {
	i := 0
	for line := range strings.Lines(string(t.files[file])) {
		if i++; i == number {
			line = strings.TrimSpace(line)
			return strings.ToValidUTF8(line[:min(len(line), 120)], "")
		}
	}
	return ""
}

// faultAt is an error at a node of a template.
func (t *Theme) faultAt(tree *parse.Tree, node parse.Node, format string, args ...any) *Error {
	e := &Error{File: tree.ParseName + templateSuffix, Err: fmt.Errorf(format, args...)}
	at, _ := tree.ErrorContext(node) // name:line:column
	if parts := strings.Split(at, ":"); len(parts) >= 2 {
		e.Line, _ = strconv.Atoi(parts[len(parts)-2])
	}
	e.Excerpt = t.line(e.File, e.Line)
	return e
}
