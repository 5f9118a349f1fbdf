package nginx

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"icecap/content"
)

// Marker is the response header that says where an answer comes from: "disk",
// "stale" for a copy that stands in for a failing app, "maintenance", or nothing
// for the app.
const Marker = "X-Icecap"

// What [Marker] says.
const (
	MarkDisk        = "disk"
	MarkStale       = "stale"
	MarkMaintenance = "maintenance"
)

// HiddenHeaders lists the response headers of an app that no visitor gets: the
// mark, which only the gate may set, and those by which an app steers what is
// frozen.
func HiddenHeaders() []string {
	return []string{Marker, content.FreezeHeader, content.LinksHeader, content.TagHeader}
}

// NotFoundPath is the URL path of the page that a site without an app answers,
// with status 404, to every request for what is not frozen.
const NotFoundPath = "/404.html"

// Server is what the operator says about one site. Every field is held to an
// allow-list by [Server.Config].
type Server struct {
	// Site is the prefix of every variable and named location, because they
	// share one name space with all other sites: [a-z][a-z0-9_]{0,30}.
	Site string
	// Hosts are the host names, without port, that the gate answers for; at
	// least one. A request for any other host goes to the app.
	Hosts []string
	// Root is the absolute path of the output folder, the one that holds
	// "current". It need not exist yet.
	Root string
	App  App
	// Cookies are patterns of the cookies that send a visitor to the app: a
	// name, or the start of one followed by "*". None means that no cookie
	// does. See [Presets]. Ignored without an app.
	Cookies []string
	// Queries say which queries name a frozen page, and which are ignored. Of a
	// rule only the parameter matters here, not its path: the file does not exist
	// for other paths.
	Queries content.Queries
	// Headers are added to every answer from disk whose path fits; of several of
	// one name, to the first that fits. See [Server.HeadersFor].
	Headers []content.Header
	// Fallback lets copies that releases keep for it ([content.Entry.Fallback])
	// answer where the app fails. Without such copies it costs each miss a few
	// looks at the disk.
	Fallback bool
	// OpenFiles is how many files of the pages each worker keeps open without looking
	// at them again, which saves two system calls of eight a page. NGINX then goes by
	// [RootFile] in Root, which must name the published release before each reload.
	// 0 is [CheckedFiles], each looked at before use, and no reload.
	OpenFiles int
	// RetryAfter is after how long visitors are told to come back during maintenance,
	// in whole seconds up to a day. 0 is two minutes.
	RetryAfter time.Duration
	// Compression is what the NGINX at hand can send of the files that lie
	// compressed beside the pages; see [Binary.Sends].
	Compression Compression
}

// PartialHeaders lists the request headers whose presence sends a request to
// the app: who sends one wants a part of a page, or no page at all, under the
// same URL. The app may not say so with Vary.
func PartialHeaders() []string {
	return []string{
		"Upgrade",          // web sockets
		"X-Requested-With", // jQuery and most AJAX helpers
		"HX-Request",       // htmx
		"Turbo-Frame",      // Hotwire
		"X-Inertia",        // Inertia.js
		"X-PJAX",           // pjax
		"X-Up-Version",     // Unpoly
		"RSC",              // React server components (Next.js)
	}
}

// Config is the gate as directives. The error is a *[FieldError], and then
// there is no Config. The same Server always gives the same bytes.
func (s Server) Config() (Config, error) {
	if err := s.check(); err != nil {
		return Config{}, err
	}
	c := Config{Site: s.Site, HTTP: s.httpLevel(), Server: s.serverLevel()}
	if s.App.Kind == Location {
		c.Outside = []string{"@" + s.Site + "_app"}
	}
	// What NGINX will read must be what was meant: the last net under the allow-lists.
	for _, block := range []Block{c.HTTP, c.Server} {
		if read, err := Parse(block.String()); err != nil || !read.Equal(block) {
			return Config{}, fmt.Errorf("print configuration of site %s: it does not read back as it was meant (%v)", s.Site, err)
		}
	}
	return c, nil
}

// httpLevel is the upstream and the maps, in the order in which a request meets them.
func (s Server) httpLevel() Block {
	var b Block
	if s.App.passes() {
		b = append(b, s.upstream())
	}
	b = append(b, s.hostMap())
	if s.App.Kind != NoApp {
		b = append(b, s.visitorMaps()...)
	}
	b = append(b, s.spellingMap())
	b = append(b, s.endingMap())
	b = append(b, s.queryMaps()...)
	b = append(b, s.reasonMaps()...)
	b = append(b, s.shortcutMaps()...)
	b = append(b, s.pathMap())
	b = append(b, s.headerMaps()...)
	b = append(b, s.redirectMaps()...)
	b = append(b, s.appMaps()...)
	if s.hasFallback() {
		b = append(b, s.copyMap())
	}
	b[0].Comment = fmt.Sprintf("The icecap gate of site %q: upstream and maps.\n"+
		"Written by icecap and the same for every crawl: change icecap.toml, not this file.\n"+
		"Every name starts with %q, because names at this level are shared by all sites.\n\n", s.Site, s.Site+"_") + b[0].Comment
	return b
}

// v is the site's variable of that name.
func (s Server) v(name string) string { return "$" + s.Site + "_" + name }

// line makes a directive without a block.
func line(name string, args ...string) Directive { return Directive{Name: name, Args: args} }

// mapping makes a map of source to the site's variable name.
func (s Server) mapping(source, name, comment string, entries ...Directive) Directive {
	return Directive{Name: "map", Args: []string{source, s.v(name)}, Block: entries, Comment: comment}
}

// longHost is the longest host whose key fits into map_hash_bucket_size, which is 64
// by default and cannot be set here (it would clash with the operator's own).
const longHost = 46

// hosts are the host names, sorted, each once.
func (s Server) hosts() []string {
	var hosts []string
	for _, host := range s.Hosts {
		hosts = append(hosts, strings.ToLower(host))
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// hostKey is the key of a map for a host.
func hostKey(host string) string {
	if len(host) > longHost {
		return "~^" + regexp.QuoteMeta(host) + "$" // not hashed
	}
	return host
}

func (s Server) hostMap() Directive {
	entries := Block{line("default", "h")}
	for _, host := range s.hosts() {
		entries = append(entries, line(hostKey(host), ""))
	}
	return s.mapping("$host", "h", "h: another host than the site's own.", entries...)
}

// visitorMaps hold the rules about who asks and how.
func (s Server) visitorMaps() Block {
	return Block{
		s.mapping("$request_method", "m", "m: a method other than GET and HEAD. (NGINX alone would answer a POST for a file with 405.)",
			line("default", "m"), line("GET", ""), line("HEAD", "")),
		s.mapping("$http_authorization", "a", "a: a log-in by header.",
			line("default", "a"), line("", "")),
		s.cookieMap(),
		s.mapping(partialHeaders(), "p", "p: a part of a page, or a web socket, under the URL of the page.",
			line("default", "p"), line("", "")),
	}
}

// partialHeaders are the values of [PartialHeaders], one after the other.
func partialHeaders() string {
	var all strings.Builder
	for _, name := range PartialHeaders() {
		all.WriteString("$http_" + strings.ToLower(strings.ReplaceAll(name, "-", "_")))
	}
	return all.String()
}

func (s Server) cookieMap() Directive {
	entries := Block{line("default", ""), line(";", "")}
	for _, pattern := range cookiePatterns(s.Cookies) {
		entries = append(entries, line(pattern, "c"))
	}
	comment := "c: a cookie of a session, a log-in or a cart. Other cookies (analytics, consent) change nothing.\n" +
		"The semicolon before the first cookie lets the expression jump from one to the next."
	if len(s.Cookies) == 0 {
		comment = "c: a cookie of a session, a log-in or a cart. None is configured, so a visitor's cookies\n" +
			"never matter here. Should the app know people by a cookie, name it in icecap.toml, or\n" +
			"they will be shown the pages of a stranger."
	}
	return s.mapping(";$http_cookie", "c", comment, entries...)
}

// tidyPath fits a path that NGINX takes as it is. It goes through the text once
// and never back ("++", "*+"), whatever a visitor sends.
const tidyPath = `(?:[^#?%/]++|/(?!/|\.\.?(?:[/?]|$))|%(?!2[eEfF]|5[cC]))*+`

// plainPath fits a tidyPath in which nothing is encoded and no segment begins with
// a dot, as nearly all are, at half the price: it looks at most bytes once, for less.
const plainPath = `/(?:[^#?%/. ][^#?%/ ]*+(?:/|$))*+`

func (s Server) spellingMap() Directive {
	return s.mapping("$request_uri", "r", "r: a spelling of the path that NGINX would tidy up before it looks for a file, and the app\n"+
		"perhaps would not: # // /./ /../ and encoded dots, slashes and backslashes. This fits all others.",
		line("default", "r"), line("~^"+tidyPath+`(?:\?|$)`, ""))
}

// missingFolder is a name that no release has.
const missingFolder = "/-"

// reasonMaps join the letters to one reason, and turn it into a folder.
func (s Server) reasonMaps() Block {
	letters := "hmacprq"
	if s.App.Kind == NoApp {
		letters = "hr"
	}
	var all strings.Builder
	for _, letter := range letters {
		all.WriteString(s.v(string(letter)))
	}
	return Block{
		s.mapping(all.String(), "why", "Why a request is not for the frozen pages: some of the letters above. Empty: look on disk.",
			line("default", all.String()), line("", "")),
		s.mapping(s.v("why"), "any", "The folder of pages, or one that no release ever has.",
			line("default", missingFolder), line("", pagesFolder)),
	}
}

// pagesFolder is where a release keeps its pages.
const pagesFolder = "/p"

// shortcutMaps decide the common request by one look instead of ten: a whole page of
// this host, by GET or HEAD, without a query. What they do not know is decided by the
// maps above, which NGINX does not evaluate before that.
func (s Server) shortcutMaps() Block {
	source, methods := "$host $request_uri", ""
	if s.App.Kind != NoApp {
		// Of all that follows the method nothing may be there, so two blanks meet, and no
		// third follows: over HTTP/2 the value of a header may begin with one.
		source, methods = "$host $request_method "+s.cookieLetter()+"$http_authorization"+partialHeaders()+"$args $request_uri", "(?:GET|HEAD)  "
	}
	var hosts []string
	for _, host := range s.hosts() {
		hosts = append(hosts, regexp.QuoteMeta(host))
	}
	start := "~^(?:" + strings.Join(hosts, "|") + ") " + methods
	return Block{
		s.mapping(source, "dir", "A short cut for nearly all requests: this site's host, GET or HEAD, no cookie, header or query that\n"+
			"counts, and a path that needs no second look. For any other request the maps above decide, and for\n"+
			"this one NGINX never evaluates them.",
			line("default", s.v("any")), line(start+plainPath+"$", pagesFolder), line(start+"(?=[^ ]+$)"+tidyPath+"$", pagesFolder)),
		s.mapping("$args", "tail", "The same for the end of the first file's name: variant, a dot, extension.",
			line("default", s.v("v")+"."+s.v("ext")), line("", "."+s.v("end"))),
	}
}

// cookieLetter is the variable of the rule about cookies, if there is any.
func (s Server) cookieLetter() string {
	if len(s.Cookies) == 0 {
		return ""
	}
	return s.v("c")
}

func (s Server) pathMap() Directive {
	return s.mapping("", "path", "The URL's path. NGINX keeps what a map said first, while $uri itself becomes the file's name\n"+
		"once try_files has chosen one. So the app gets this one. There is nothing to look up.",
		line("default", "$uri"))
}

func (s Server) endingMap() Directive {
	endings := Block{line("hostnames"), line("default", content.MediaTypes()[0].Ext)}
	for _, m := range content.MediaTypes() {
		for _, suffix := range slices.Concat(m.Suffixes, m.Files) {
			if m.Ext != content.MediaTypes()[0].Ext {
				endings = append(endings, line("*"+suffix, m.Ext))
			}
		}
	}
	return s.mapping("$uri", "end", "The extension that the URL's own ending promises.\n"+
		"\"hostnames\" lets *.css mean \"ends in .css\" for the price of one look; a regular expression\n"+
		"for each ending would take as long as all other maps together. It ignores letter case, so\n"+
		"HTML is tried again at the end.",
		endings...)
}
