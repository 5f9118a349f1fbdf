package install

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"icecap/nginx"
)

// ownLocation finds the operator's location that becomes, or is, the app.
func (e edit) ownLocation(s site) (placed, bool) {
	at := slices.IndexFunc(s.lines, func(l placed) bool {
		return l.Name == "location" && filepath.Clean(l.file.path) != e.serverInclude && (slices.Equal(l.Args, []string{"/"}) || slices.Equal(l.Args, []string{e.app}))
	})
	if at < 0 {
		return placed{}, false
	}
	return s.lines[at], true
}

// again is what stands in the operator's own location, in a form that means the same
// in a second one, in which try_files has found a copy: $uri is the name of that
// copy there, and the root is the release's. It is nil where no such form exists,
// with the reason.
//
// It is a copy, because NGINX has no other way: an error page belongs to the location
// that asks the app, and in the operator's own it would take the app's errors away
// from all the URLs that have no copy.
func (r *running) again(location placed, s site, path string) (own nginx.Block, reason string) {
	replace := map[string]string{"uri": path, "document_uri": path, "fastcgi_script_name": path}
	passes := 0
	if name := r.unread(location.Block, 0); name != "" {
		return nil, "of its include of " + name + ", which cannot be read"
	}
	lines := r.expand(location.file, location.Block, 0)
	for _, d := range slices.Concat(s.lines, lines) { // the location's own root counts
		if d.Name == "root" && len(d.Args) == 1 && strings.HasPrefix(d.Args[0], "/") && !strings.Contains(d.Args[0], "$") {
			replace["document_root"] = d.Args[0]
		}
		if strings.HasSuffix(d.Name, "_intercept_errors") && slices.Equal(d.Args, []string{"on"}) {
			return nil, d.Name + " replaces the app's errors already"
		}
	}
	for _, d := range lines {
		switch {
		case slices.Contains(elsewhere, d.Name) || strings.Contains(d.Name, "_by_lua"):
			return nil, "of its " + d.Name
		case d.Name == "fastcgi_index" || d.Name == "fastcgi_split_path_info":
			delete(replace, "fastcgi_script_name")
		case strings.HasSuffix(d.Name, "_pass"):
			passes++
		}
	}
	if passes != 1 {
		return nil, "it does not pass requests on by itself"
	}
	for _, d := range lines {
		if slices.Contains(replaced, d.Name) || strings.HasSuffix(d.Name, "_intercept_errors") {
			continue
		}
		d.Directive, reason = rename(d.Directive, replace)
		if reason != "" {
			return nil, reason
		}
		own = append(own, d.Directive)
	}
	return own, ""
}

// elsewhere are directives that end a request otherwise than by asking the app.
var elsewhere = []string{"try_files", "if", "rewrite", "return", "limit_except", "location", "break"}

// replaced are those that the second location has otherwise.
var replaced = []string{"root", "error_page", "recursive_error_pages", "open_file_cache"}

var variable = regexp.MustCompile(`\$(?:\{([a-z0-9_]+)\}|([a-z0-9_]+))`)

// ofFile are variables that have another value once a file was found.
var ofFile = []string{"uri", "document_uri", "document_root", "realpath_root", "request_filename", "fastcgi_script_name", "fastcgi_path_info"}

// rename writes other text for variables.
func rename(d nginx.Directive, replace map[string]string) (_ nginx.Directive, reason string) {
	d.Args, d.At = slices.Clone(d.Args), nginx.Span{}
	for i, arg := range d.Args {
		d.Args[i] = variable.ReplaceAllStringFunc(arg, func(name string) string {
			plain := strings.Trim(name, "${}")
			if text, ok := replace[plain]; ok {
				return text
			}
			if slices.Contains(ofFile, plain) {
				reason = fmt.Sprintf("of $%s in its %s", plain, d.Name)
			}
			return name
		})
	}
	return d, reason
}
