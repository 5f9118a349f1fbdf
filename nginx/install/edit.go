package install

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"icecap/nginx"
)

// An edit is what the operator's file gets more, and the word that changes.
type edit struct {
	httpInclude, serverInclude string // files
	app                        string // "@shop_app"
	renamed                    bool   // "location /" has become, or will become, location app
}

const (
	httpNote     = " # icecap: the gate's maps"
	serverNote   = " # icecap: frozen pages"
	locationNote = `, and what was "location /" below`
)

// apply edits a file's text: server is the block, location its own "location
// /" if that is renamed. The two includes are lines of their own where the
// operator's words are.
func (e edit) apply(text string, server nginx.Directive, location *nginx.Directive) string {
	type insertion struct {
		at, skip int // skip bytes are taken out
		text     string
	}
	before := func(at int, include, note string) insertion {
		if indent, own := startsLine(text, at); own {
			return insertion{at, 0, "include " + include + ";" + note + "\n" + indent}
		}
		return insertion{at, 0, "include " + include + "; "}
	}
	list := []insertion{before(server.At.Start, e.httpInclude, httpNote)}
	if location != nil {
		slash := location.At.Start + strings.IndexByte(text[location.At.Start:location.At.Head], '/')
		list = append(list, before(location.At.Start, e.serverInclude, serverNote+locationNote), insertion{slash, 1, e.app})
	} else {
		end := server.At.End - 1 // the brace
		if indent, own := startsLine(text, end); own {
			end -= len(indent)
			list = append(list, insertion{end, 0, indent + "    include " + e.serverInclude + ";" + serverNote + "\n"})
		} else {
			list = append(list, insertion{end, 0, "include " + e.serverInclude + "; "})
		}
	}
	for _, i := range slices.Backward(list) {
		text = text[:i.at] + i.text + text[i.at+i.skip:]
	}
	return text
}

// startsLine reports whether only blanks stand before a place in its line, and
// which.
func startsLine(text string, at int) (indent string, ok bool) {
	indent = text[strings.LastIndexByte(text[:at], '\n')+1 : at]
	return indent, strings.Trim(indent, " \t") == ""
}

// undo takes an edit out again, whatever else has changed since. ok is false
// if it is not found.
func (e edit) undo(text string) (original string, ok bool) {
	original = text
	for _, include := range []string{e.httpInclude, e.serverInclude} {
		line := regexp.MustCompile(`(?m)^[ \t]*include ` + regexp.QuoteMeta(include) + `; # icecap:[^\n]*\n`)
		found := line.FindStringIndex(original)
		if found == nil {
			inline := "include " + include + "; "
			if !strings.Contains(original, inline) {
				return text, false
			}
			original = strings.Replace(original, inline, "", 1)
			continue
		}
		original = original[:found[0]] + original[found[1]:]
	}
	if !e.renamed {
		return original, true
	}
	name := regexp.MustCompile(`(\blocation\s+["']?)` + regexp.QuoteMeta(e.app) + `(["']?\s*\{)`)
	at := name.FindStringSubmatchIndex(original)
	if at == nil {
		return text, false
	}
	return original[:at[3]] + "/" + original[at[4]:], true
}

// named reports whether a text, as NGINX reads it, has the renamed location.
func (e edit) named(text string) bool {
	block, err := nginx.Parse(text)
	r := &running{files: map[string]*file{"": {block: block}}, order: []string{""}}
	return err == nil && slices.ContainsFunc(r.servers(), func(s site) bool {
		return slices.ContainsFunc(s.lines, func(l placed) bool { return l.Name == "location" && slices.Equal(l.Args, []string{e.app}) })
	})
}

// in reports whether a file has been edited so.
func (e edit) in(text string) bool {
	return strings.Contains(text, "include "+e.serverInclude+";")
}

// A ByHandError says why the operator has to do an edit, and which.
type ByHandError struct {
	Where  string // "/etc/nginx/sites-enabled/shop:14"
	Reason string
	Steps  []string
}

func (e *ByHandError) Error() string {
	return fmt.Sprintf("edit %s: %s", e.Where, e.Reason)
}

// guards are directives of a location that keep visitors out. Pages from disk
// would not be guarded.
var guards = []string{"allow", "deny", "auth_basic", "auth_request", "auth_jwt", "satisfy", "internal", "limit_except", "secure_link", "valid_referers"}

// refuseNamed returns why the body of "location /" must not stand in a named
// location, or "".
func refuseNamed(block nginx.Block) string {
	for _, d := range block {
		switch {
		case d.Name == "location":
			return "it has locations inside, which a named location must not have"
		case d.Name == "alias":
			return "it has an alias, which a named location must not have"
		case slices.Contains(guards, d.Name):
			return "its " + d.Name + " would no longer guard the pages that come from disk; put it into the server block"
		case d.Name == "rewrite" && (len(d.Args) < 3 || d.Args[2] == "last"):
			return "its rewrite starts the search for a location again, which would lead back to the gate; end it in \"break\""
		case strings.HasSuffix(d.Name, "_pass") && len(d.Args) > 0:
			_, rest, _ := strings.Cut(d.Args[0], "://")
			if path := strings.IndexByte(rest, '/'); path >= 0 && !strings.HasPrefix(rest, "unix:") && !strings.Contains(rest, "$") {
				return fmt.Sprintf("its %s %s has a path, which a named location must not have; write %s", d.Name, d.Args[0], d.Args[0][:len(d.Args[0])-len(rest)+path])
			}
			if strings.HasPrefix(rest, "unix:") && strings.Count(rest, ":") > 1 {
				return fmt.Sprintf("its %s %s has a path, which a named location must not have", d.Name, d.Args[0])
			}
		}
		if d.Name == "if" {
			if reason := refuseNamed(d.Block); reason != "" {
				return reason
			}
		}
	}
	return ""
}

// byHand are the steps where the edit is the operator's.
func (e edit) byHand(s site, reason string, where fmt.Stringer) *ByHandError {
	return &ByHandError{Where: where.String(), Reason: reason, Steps: []string{
		"icecap nginx print --pass location --part http > " + e.httpInclude,
		"icecap nginx print --pass location --part server > " + e.serverInclude,
		"before the server block at " + s.String() + " write: include " + e.httpInclude + ";",
		"in it write: include " + e.serverInclude + ";",
		`turn its "location /" into "location ` + e.app + `", of a form that NGINX takes there`,
		"nginx -t, and reload",
		"or: only the last edit but one by hand, and then icecap nginx install again",
	}}
}

// target finds the operator's own catch-all of a server block: an edit of it,
// or nil where the gate's own app location will do. done says that there is
// one already under the gate's name.
func (e edit) target(s site) (location *nginx.Directive, done bool, err error) {
	for _, line := range s.lines {
		switch {
		case line.Name != "location" || filepath.Clean(line.file.path) == e.serverInclude:
		case slices.Equal(line.Args, []string{e.app}):
			done = true
		case slices.Equal(line.Args, []string{"^~", "/"}):
			return nil, false, e.byHand(s, `"location ^~ /" takes all that the gate is for`, line)
		case slices.Equal(line.Args, []string{"/"}) && line.file != s.file:
			return nil, false, e.byHand(s, `its "location /" stands in a file that it includes, and others perhaps too`, line)
		case slices.Equal(line.Args, []string{"/"}):
			if reason := refuseNamed(line.Block); reason != "" {
				return nil, false, e.byHand(s, `"location /" cannot become "location `+e.app+`": `+reason, line)
			}
			location = &line.Directive
		}
	}
	if done && location != nil {
		return nil, false, e.byHand(s, `it has "location /" as well as "location `+e.app+`"`, s)
	}
	return location, done, nil
}
