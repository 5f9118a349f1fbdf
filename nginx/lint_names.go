package nginx

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var variable = regexp.MustCompile(`\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))`)

// variables lists the variables of a word, with their "$".
func variables(word string) []string {
	var names []string
	for _, m := range variable.FindAllStringSubmatch(word, -1) {
		names = append(names, "$"+m[1]+m[2])
	}
	return names
}

// lintRequestText: what a visitor writes must not become a part of a path or of
// a header. try_files with $args was used to read files outside of the root.
func lintRequestText(l *linter, d Directive, where []Directive) {
	switch d.Name {
	case "root", "error_page", "error_log", "types", "open_file_cache", "proxy_pass", "uwsgi_pass", "scgi_pass", "fastcgi_pass":
		for _, arg := range d.Args {
			if strings.Contains(arg, "$") {
				l.found("request text", where, fmt.Sprintf("%q has a variable", arg))
			}
		}
	case "try_files", "add_header":
		for _, arg := range d.Args {
			for _, name := range variables(arg) {
				if d.Name == "add_header" && !l.isText(name, nil) || d.Name == "try_files" && !l.isFixed(name, nil) {
					l.found("request text", where, name+" may hold what the visitor wrote")
				}
			}
		}
	}
}

// isFixed reports whether a variable's value is one of those that its map
// spells out, or $uri, which NGINX has decoded and normalised.
func (l *linter) isFixed(name string, above []string) bool {
	if name == "$uri" {
		return true
	}
	lines, ok := l.maps[name]
	if !ok || slices.Contains(above, name) {
		return false
	}
	for _, entry := range lines {
		if entry.Name == "include" {
			return false // whatever the file says
		}
		for _, value := range entry.Args {
			for _, inner := range variables(value) {
				if !l.isFixed(inner, append(above, name)) && !(value == "$args" && l.isChecked(name, entry)) {
					return false
				}
			}
		}
	}
	return true
}

// isText reports whether a variable's value is always a text of the operator's:
// every map on the way to it spells its values out.
func (l *linter) isText(name string, above []string) bool {
	lines, ok := l.maps[name]
	if !ok || slices.Contains(above, name) {
		return false
	}
	for _, entry := range lines {
		if entry.Name == "include" {
			return false
		}
		for _, value := range entry.Args {
			for _, inner := range variables(value) {
				if value != inner || !l.isText(inner, append(above, name)) {
					return false
				}
			}
		}
	}
	return true
}

// wholeQuery is the one kind of expression that may let a query into a file's
// name: one parameter with a number, from the first byte to the last.
var wholeQuery = regexp.MustCompile(`\A~\^[A-Za-z0-9_.~\\-]+=\[1-9\]\[0-9\]\{0,[0-4]\}\$\z`)

// isChecked reports whether a line of a map is taken only for a query that fits
// an expression as a whole, or that the release lists.
func (l *linter) isChecked(name string, entry Directive) bool {
	listed := slices.ContainsFunc(l.maps[l.sources[name]], isGateMap)
	return wholeQuery.MatchString(entry.Name) || listed && entry.Name != "default" && entry.Name != "" && !strings.HasPrefix(entry.Name, "~")
}

// requestVariables is what a map may look at, and what the app may be told.
var requestVariables = []string{
	"$args", "$content_length", "$content_type", "$document_root", "$host", "$https", "$proxy_add_x_forwarded_for",
	"$query_string", "$remote_addr", "$remote_port", "$request_method", "$request_uri", "$scheme", "$server_addr", "$server_name",
	"$server_port", "$server_protocol", "$uri",
	"$body_bytes_sent", "$msec", "$request_time", "$status", "$upstream_addr", "$upstream_response_time", "$upstream_status",
}

// lintNames: a variable that does not exist stops NGINX, but a named location
// that does not exist passes nginx -t and answers 500.
func lintNames(l *linter, d Directive, where []Directive) {
	for _, word := range append(words(d), lineWords(d)...) {
		if strings.HasPrefix(word, "~") {
			continue // "$" is the end of the text there
		}
		for _, name := range variables(word) {
			known := l.maps[name] != nil || slices.Contains(requestVariables, name) ||
				strings.HasPrefix(name, "$http_") || strings.HasPrefix(name, "$sent_http_")
			if !known && !numbered.MatchString(name) {
				l.found("undefined", where, name+" is not defined here")
			}
		}
	}
	if d.Name != "try_files" && d.Name != "error_page" || len(d.Args) == 0 {
		return
	}
	last := d.Args[len(d.Args)-1]
	for _, name := range l.targets(last) {
		if !l.locations[name] {
			l.found("undefined", where, "location "+name+" does not exist")
		}
	}
	if d.Name == "try_files" && !strings.HasPrefix(last, "@") && !strings.HasPrefix(last, "=") {
		l.found("fallback", where, "must end in a named location or a status")
	}
}

// targets are the named locations to which a word may lead: itself, or all that
// the map of its variable, and those that it leads to, spell out.
func (l *linter) targets(word string) (names []string) {
	variable, ok := strings.CutPrefix(word, "@$")
	switch {
	case !strings.HasPrefix(word, "@"):
		return nil
	case !ok:
		return []string{word}
	case !l.isText("$"+variable, nil):
		return []string{word} // which does not exist
	}
	for _, entry := range l.maps["$"+variable] {
		for _, value := range entry.Args {
			names = append(names, l.targets("@"+value)...)
		}
	}
	return names
}

// lintReturn: a redirect leads only where the release's list says. "return 301
// https://$host$request_uri" has been used to split responses.
func lintReturn(l *linter, d Directive, where []Directive) {
	if d.Name != "return" {
		return
	}
	if len(d.Args) == 1 && slices.Contains([]string{"404", "410", "503"}, d.Args[0]) {
		return // an error, with its page
	}
	if len(d.Args) != 2 || !slices.ContainsFunc(l.maps[d.Args[1]], isGateMap) {
		l.found("request text", where, "return may only lead where the list of the release says")
		return
	}
	if len(where) < 2 || !where[len(where)-2].has("absolute_redirect", "off") {
		l.found("redirect", where, "has no \"absolute_redirect off\": NGINX would put its own port into the target")
	}
}

// lintPass: an app location hands the raw URL over and believes no marker.
func lintPass(l *linter, d Directive, where []Directive) {
	protocol, ok := strings.CutSuffix(d.Name, "_pass")
	if !ok || len(d.Args) != 1 {
		return
	}
	name := strings.TrimPrefix(strings.TrimPrefix(d.Args[0], "http://"), "https://")
	if strings.Contains(name, "/") {
		l.found("path", where, d.Args[0]+" has a path: the app would get a URL that NGINX has rewritten")
	} else if !l.upstreams[name] {
		l.found("undefined", where, "upstream "+name+" does not exist")
	}
	if len(where) < 2 {
		return
	}
	location := where[len(where)-2]
	for _, name := range HiddenHeaders() {
		if !location.has(protocol+"_hide_header", name) {
			l.found("marker", where, "the app's own "+name+" is not hidden")
		}
	}
	if strings.HasPrefix(d.Args[0], "https://") && !location.has("proxy_ssl_name") {
		l.found("tls", where, "has no proxy_ssl_name: any certificate would do")
	}
	for _, param := range location.Block {
		if strings.HasSuffix(param.Name, "_param") && len(param.Args) > 1 && param.Args[0] == "PATH_INFO" && param.Args[1] == "$uri" {
			l.found("path", where, "PATH_INFO is $uri, which may be the name of a file")
		}
	}
}

// lintHeaders: one add_header in a block makes NGINX drop all those of the
// blocks around it, so they stand together in each location that answers.
func lintHeaders(l *linter, d Directive, where []Directive) {
	if d.Name != "add_header" {
		return
	}
	if len(where) < 2 || where[len(where)-2].Name != "location" {
		l.found("add_header", where, "stands outside of a location, where those inside make NGINX ignore it")
	}
	if len(d.Args) < 2 {
		return
	}
	if strings.EqualFold(d.Args[0], "Content-Type") {
		l.found("add_header", where, "would send a second Content-Type")
	}
	if strings.ContainsAny(d.Args[1], "\r\n") {
		l.found("add_header", where, "has a line break: it would split the response")
	}
}
