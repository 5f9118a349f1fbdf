package nginx

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Finding is a rule of ours that a configuration breaks. NGINX may accept it
// all the same.
type Finding struct {
	Rule  string // one word or two, the same for every such finding
	Where string // the directives around it: "location / > try_files"
	What  string
}

func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Where, f.Rule, f.What) }

// Lint holds a configuration to the rules of the gate. What [Server.Config]
// makes has no findings; the rules are for what was edited by hand, for what
// [Parse] read, and for us. Findings come in the order of the text.
func Lint(c Config) []Finding {
	l := &linter{config: c, maps: map[string]Block{}, sources: map[string]string{}, locations: map[string]bool{}, upstreams: map[string]bool{}}
	l.collect(c.HTTP)
	l.collect(c.Server)
	for _, name := range c.Outside {
		l.locations[name] = true
	}
	if c.Site == "" {
		l.config.Site = c.guessSite()
	}
	l.walk(c.HTTP, nil)
	l.walk(c.Server, nil)
	for _, name := range l.duplicates {
		l.found("defined twice", []Directive{line("configuration")}, name+" is defined twice; NGINX takes the last one without a word")
	}
	return l.findings
}

// guessSite is what the first map's variable starts with, for what Parse read.
func (c Config) guessSite() string {
	for _, d := range c.HTTP {
		if d.Name == "map" && len(d.Args) == 2 {
			name := strings.TrimPrefix(d.Args[1], "$")
			return name[:max(strings.LastIndexByte(name, '_'), 0)]
		}
	}
	return ""
}

type linter struct {
	config     Config
	maps       map[string]Block  // variable, with its "$", to the lines of its map
	sources    map[string]string // variable to what its map looks at
	locations  map[string]bool
	upstreams  map[string]bool
	duplicates []string
	findings   []Finding
}

// collect notes what is defined, so that order does not matter.
func (l *linter) collect(b Block) {
	define := func(set map[string]bool, name string) {
		if set[name] {
			l.duplicates = append(l.duplicates, name)
		}
		set[name] = true
	}
	for _, d := range b {
		switch {
		case d.Name == "map" && len(d.Args) == 2:
			if l.maps[d.Args[1]] != nil {
				l.duplicates = append(l.duplicates, d.Args[1])
			}
			l.maps[d.Args[1]], l.sources[d.Args[1]] = d.Block, d.Args[0]
		case d.Name == "location" && len(d.Args) > 0:
			define(l.locations, strings.Join(d.Args, " "))
		case d.Name == "upstream" && len(d.Args) == 1:
			define(l.upstreams, d.Args[0])
		}
		if d.Name != "map" {
			l.collect(d.Block)
		}
	}
}

func (l *linter) found(rule string, where []Directive, what string) {
	var names []string
	for _, d := range where {
		name := d.Name
		if d.Block != nil {
			name = strings.Join(append([]string{name}, d.Args...), " ")
		}
		names = append(names, name)
	}
	l.findings = append(l.findings, Finding{rule, strings.Join(names, " > "), what})
}

// walk puts every directive to every rule.
func (l *linter) walk(b Block, outer []Directive) {
	for _, d := range b {
		where := append(slices.Clone(outer), d)
		for _, rule := range rules {
			rule(l, d, where)
		}
		// The lines of these are no directives.
		if d.Name != "map" && d.Name != "types" {
			l.walk(d.Block, where)
		}
	}
}

// rules is the list: each looks at one directive.
var rules = []func(l *linter, d Directive, where []Directive){
	lintKnown, lintSite, lintCaptures, lintMap, lintLocation, lintStatic,
	lintRequestText, lintReturn, lintNames, lintPass, lintHeaders,
}

// known is every directive that the gate is made of. What is not here, it does
// not need; among it are if, alias, rewrite, set, include, perl and lua, whose
// incidents fill lists.
var known = []string{
	"absolute_redirect", "add_header", "autoindex", "brotli_static", "charset", "charset_types", "error_log", "error_page", "fastcgi_buffer_size",
	"fastcgi_buffers", "fastcgi_busy_buffers_size", "fastcgi_hide_header", "fastcgi_intercept_errors", "fastcgi_param", "fastcgi_pass", "gzip",
	"gzip_proxied", "gzip_static", "gzip_vary", "index", "keepalive", "keepalive_timeout", "least_conn", "location", "log_format", "log_not_found",
	"map", "open_file_cache", "open_file_cache_errors", "open_file_cache_valid", "proxy_buffer_size", "proxy_buffers", "proxy_busy_buffers_size",
	"proxy_hide_header", "proxy_http_version", "proxy_intercept_errors", "proxy_pass", "proxy_redirect", "proxy_set_header", "proxy_ssl_name",
	"proxy_ssl_protocols", "proxy_ssl_server_name", "proxy_ssl_trusted_certificate", "proxy_ssl_verify", "proxy_ssl_verify_depth",
	"recursive_error_pages", "return", "root", "scgi_buffer_size", "scgi_buffers", "scgi_busy_buffers_size", "scgi_hide_header",
	"scgi_intercept_errors", "scgi_param", "scgi_pass", "server", "tcp_nopush", "try_files", "types", "upstream", "uwsgi_buffer_size", "uwsgi_buffers",
	"uwsgi_busy_buffers_size", "uwsgi_hide_header", "uwsgi_intercept_errors", "uwsgi_param", "uwsgi_pass", "zone",
}

func lintKnown(l *linter, d Directive, where []Directive) {
	if !slices.Contains(known, d.Name) && !isRoot(d) {
		l.found("unknown directive", where, d.Name+" is not one that the gate is made of")
	}
}

// lintSite: names at the http level are shared with every other site.
func lintSite(l *linter, d Directive, where []Directive) {
	name := ""
	switch {
	case d.Name == "map" && len(d.Args) == 2:
		name = strings.TrimPrefix(d.Args[1], "$")
	case d.Name == "upstream" && len(d.Args) == 1, d.Name == "log_format" && len(d.Args) > 0:
		name = d.Args[0]
	case d.Name == "location" && len(d.Args) == 1 && strings.HasPrefix(d.Args[0], "@"):
		name = d.Args[0][1:]
	default:
		return
	}
	if !strings.HasPrefix(name, l.config.Site+"_") {
		l.found("foreign name", where, name+" does not start with the site's name "+l.config.Site+"_")
	}
}

var numbered = regexp.MustCompile(`\$\{?[0-9]`)

// lintCaptures: a string with a capture beside a map of regular expressions
// overflowed (CVE-2026-42533), and $5 of no group is silently nothing.
func lintCaptures(l *linter, d Directive, where []Directive) {
	for _, word := range append(words(d), lineWords(d)...) {
		if numbered.MatchString(word) {
			l.found("capture", where, fmt.Sprintf("%q uses a capture of a regular expression", word))
		}
		if strings.HasPrefix(word, "~") && (strings.Contains(word, "(?<") || strings.Contains(word, "(?P<")) &&
			!strings.Contains(word, "(?<!") && !strings.Contains(word, "(?<=") {
			l.found("capture", where, fmt.Sprintf("%q names a capture", word))
		}
	}
}

func words(d Directive) []string { return append([]string{d.Name}, d.Args...) }

// lineWords are the words of the lines in a map or types block.
func lineWords(d Directive) []string {
	if d.Name != "map" && d.Name != "types" {
		return nil
	}
	var all []string
	for _, entry := range d.Block {
		all = append(all, words(entry)...)
	}
	return all
}

// lintMap: a map without a default gives "", which here means "on disk".
func lintMap(l *linter, d Directive, where []Directive) {
	if d.Name != "map" {
		return
	}
	if len(d.Args) != 2 || !strings.HasPrefix(d.Args[1], "$") {
		l.found("map", where, "must name a source and a variable")
		return
	}
	keys := map[string]bool{}
	for _, entry := range d.Block {
		switch key := strings.ToLower(entry.Name); {
		case strings.HasPrefix(key, "~"):
			if strings.Contains(entry.Name, "+)+") || strings.Contains(entry.Name, "*)*") || strings.Contains(entry.Name, "+)*") {
				l.found("slow expression", where, fmt.Sprintf("%q repeats a repetition: one request may take seconds", entry.Name))
			}
		case key == "include" && isGateMap(entry):
		case key == "include" || key == "volatile":
			l.found("map", where, entry.Name+" is no line of the gate's maps")
		case keys[key]:
			l.found("map", where, fmt.Sprintf("%q is there twice; letter case does not count", entry.Name))
		default:
			keys[key] = true
		}
	}
	if !keys["default"] {
		l.found("map", where, "has no default")
	}
}

// isGateMap reports whether a line of a map includes the list of a release and
// nothing else.
func isGateMap(entry Directive) bool {
	if entry.Name != "include" || len(entry.Args) != 1 {
		return false
	}
	root, ok := strings.CutSuffix(entry.Args[0], "/current/"+includeGlob)
	return ok && refuseFolder(root) == ""
}

// lintLocation: regular expressions, exact matches and nested locations are
// taken before or instead of the gate's.
func lintLocation(l *linter, d Directive, where []Directive) {
	if d.Name != "location" {
		return
	}
	if len(where) > 1 {
		l.found("location", where, "is nested")
	}
	if len(d.Args) != 1 || d.Args[0] != "/" && !strings.HasPrefix(d.Args[0], "@") {
		l.found("location", where, `is neither "/" nor a named location`)
	}
}

// lintStatic holds a location that answers from disk to what makes that safe.
func lintStatic(l *linter, d Directive, where []Directive) {
	looks := slices.IndexFunc(d.Block, func(e Directive) bool { return e.Name == "try_files" })
	if d.Name != "location" || looks < 0 {
		return
	}
	door := len(d.Block[looks].Args) > 0 && strings.HasSuffix(d.Block[looks].Args[0], "//") // is there such a folder?
	named := slices.ContainsFunc(d.Block, isRoot)
	checked := d.has("open_file_cache") && d.has("open_file_cache_valid", "0") && d.has("open_file_cache_errors", "off")
	if !named && !checked && !d.has("open_file_cache", "off") && (door || !d.ofTheApp()) {
		l.found("file cache", where, "has neither \"open_file_cache off\" nor \"open_file_cache_valid 0\": it would mix two releases")
	}
	if (d.has("gzip_static", "on") || d.has("brotli_static", "on")) && !d.has("gzip_vary", "on") && !d.has("add_header", "Vary", varies) {
		l.found("vary", where, "does not say Vary: a cache would send compressed bytes to everybody")
	}
	if !named && !d.has("root") {
		l.found("root", where, "has no root of its own, and would answer from the server's")
	}
	switch {
	case door:
		lintErrors(l, d, where, "403", "405")
		if !d.has("index", "none") || !d.has("autoindex", "off") {
			l.found("folder", where, "would show what is in a folder")
		}
	case slices.ContainsFunc(d.Block, func(e Directive) bool { return strings.HasSuffix(e.Name, "_intercept_errors") }):
		lintErrors(l, d, where, "500", "502", "503", "504")
	case !d.ofTheApp():
		lintMark(l, d, where)
		if d.Args[0] == "/" {
			lintErrors(l, d, where, "403", "404")
		}
	}
}

// lintErrors: what a location cannot answer has another place to go.
func lintErrors(l *linter, d Directive, where []Directive, statuses ...string) {
	for _, status := range statuses {
		if !slices.ContainsFunc(d.Block, func(e Directive) bool { return e.Name == "error_page" && slices.Contains(e.Args, status) }) {
			l.found("error page", where, "has no error_page for "+status)
		}
	}
}

// lintMark: who answers instead of the app says so.
func lintMark(l *linter, d Directive, where []Directive) {
	for _, mark := range []string{MarkDisk, MarkStale, MarkMaintenance} {
		if d.has("add_header", Marker, mark) {
			if !d.has("add_header", cacheControl) {
				l.found("marker", where, "does not say how long its answers may be kept")
			}
			return
		}
	}
	l.found("marker", where, "does not mark its answers with "+Marker)
}

// ofTheApp reports whether a location answers from the app's own folder, or by
// the app: what it says is not frozen.
func (d Directive) ofTheApp() bool {
	return d.Args[0] != "/" && slices.ContainsFunc(d.Block, func(e Directive) bool {
		return e.Name == "root" && len(e.Args) == 1 && !strings.HasSuffix(e.Args[0], "/current") || strings.HasSuffix(e.Name, "_pass")
	})
}

// isRoot reports whether a line includes the name of the published release.
func isRoot(d Directive) bool {
	if d.Name != "include" || len(d.Args) != 1 {
		return false
	}
	root, ok := strings.CutSuffix(d.Args[0], "/"+rootGlob)
	return ok && refuseFolder(root) == ""
}

// has reports whether a block has a directive that starts with these words.
func (d Directive) has(name string, args ...string) bool {
	return slices.ContainsFunc(d.Block, func(e Directive) bool {
		return e.Name == name && len(e.Args) >= len(args) && slices.Equal(e.Args[:len(args)], args)
	})
}
