package content

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"time"
)

// A Key names a page: its path and, where one URL path has several pages, the
// query string that tells them apart.
type Key struct {
	Path    Path   `json:"path"`
	Variant string `json:"variant,omitempty"` // "page=2"; empty for the page without a query
}

// URL is the path with its query, as a visitor asks for it.
func (k Key) URL() string {
	if k.Variant == "" {
		return k.Path.String()
	}
	return k.Path.String() + "?" + k.Variant
}

// Compare orders keys by decoded path, then variant: the order of a manifest.
func (k Key) Compare(other Key) int {
	return cmp.Or(strings.Compare(k.Path.decoded, other.Path.decoded), strings.Compare(k.Variant, other.Variant))
}

// File is the name of the page's file, relative to the folder of pages; see [Path.File].
func (k Key) File(mediaType string) (string, error) { return k.Path.File(k.Variant, mediaType) }

// FallbackFile is the name of the file if the page is kept for when the app
// fails; see [Path.FallbackFile].
func (k Key) FallbackFile(mediaType string) (string, error) {
	return k.Path.FallbackFile(k.Variant, mediaType)
}

// A Page is what a source yields: exact bytes and where they come from.
type Page struct {
	Key
	MediaType string   // a Content-Type; parameters are ignored
	Fallback  bool     // only for when the app fails; see [Entry.Fallback]
	Hot       bool     // asked for so often that it is worth to be compressed as well as can be
	Body      []byte   // not changed and not kept by the receiver
	Version   string   // opaque: made and compared by the source (ETag, Last-Modified, hash of inputs)
	Origin    string   // a URL, or a file and line such as "posts/a.md:3"
	Cookies   []string // names of the cookies that the app set with it; the cookies themselves are never kept
	Tags      []string // names that the app gives it, see [TagHeader]
	Links     []string // what it leads to beside its body; opaque like Version
}

// An Entry is what is left of a page once its body is on disk: a manifest line.
type Entry struct {
	Key
	MediaType string    `json:"type"`               // as in [Media.Type]
	Fallback  bool      `json:"fallback,omitempty"` // the app serves this URL while it lives; the copy is for when it fails
	Hot       bool      `json:"hot,omitempty"`      // it, or an earlier state of it, was compressed as well as can be
	Size      int64     `json:"size"`               // bytes of the body
	Gzip      int64     `json:"gzip,omitempty"`     // bytes of the file compressed with gzip beside the page; 0 if there is none
	Brotli    int64     `json:"brotli,omitempty"`   // the same for brotli
	SHA256    string    `json:"sha256"`             // of the body, in hex
	Modified  time.Time `json:"modified"`           // when these bytes were first published, in whole seconds; the file's time
	Source    string    `json:"source,omitempty"`   // name of the source, as in [Scope.Source]
	Version   string    `json:"version,omitempty"`
	Origin    string    `json:"origin,omitempty"`
	Cookies   []string  `json:"cookies,omitempty"` // names of the cookies that the app set with it
	Carried   int       `json:"carried,omitempty"` // releases since the source last yielded it: a fingerprinted asset that is kept a while for old pages
	Tags      []string  `json:"tags,omitempty"`    // names that the app gave it
	Links     []string  `json:"links,omitempty"`   // what it leads to beside its body; made and read by the source
	Stale     *Stale    `json:"stale,omitempty"`   // nil for a page that was well when it was last asked for
}

// A Stale says that a page failed when it was last asked for, so that its last
// good copy stays.
type Stale struct {
	Since  time.Time `json:"since"`  // of the first failure in a row, in whole seconds
	Reason string    `json:"reason"` // as in [Skip]
	Detail string    `json:"detail,omitempty"`
}

// A Skip is a URL that the source met and left to the app, and why.
type Skip struct {
	URL     string   `json:"url"`               // as requested, path and query for the app's own
	Reason  string   `json:"reason"`            // one word or two, the same for every such URL: "no-store", "status"
	Detail  string   `json:"detail,omitempty"`  // what was seen: "Cache-Control: no-store", "404 Not Found"
	From    string   `json:"from,omitempty"`    // a page that links here; empty for a seed
	Failed  bool     `json:"failed,omitempty"`  // the app failed (5xx, time-out, cut body), rather than a rule of ours spoke
	Cookies []string `json:"cookies,omitempty"` // names of the cookies that the answer set
	Source  string   `json:"source,omitempty"`
}

// SkipURL spells the URL of a [Skip], which may be none that a [Path] can have: as
// [EscapeURL] does, and what is longer than any page's URL ends in dots.
func SkipURL(raw string) string {
	const longest = 1200
	if len(raw) > longest {
		return EscapeURL(raw[:longest]) + "..."
	}
	return EscapeURL(raw)
}

// QueryURL spells a path with any query, be it of a page or of a [Skip].
func QueryURL(path Path, query string) string { return path.String() + "?" + SkipURL(query) }

// A Redirect is replayed by the gate instead of asking the app: to another URL,
// or, for what is gone, to the frozen page of a status.
type Redirect struct {
	From   Path   `json:"from"`
	To     string `json:"to,omitempty"` // a path with optional query, or an absolute http(s) URL; "" with 404 and 410
	Code   int    `json:"code"`         // 301, 302, 307 or 308; 404 or 410, whose page is that of [StatusKey]
	Source string `json:"source,omitempty"`
}

// A Site is the tree without its bodies: all that a manifest says.
type Site struct {
	ID        string     // of the release, empty before it is committed
	Created   time.Time  // when the release was committed
	Complete  bool       // every URL of the scope was visited or refused by a rule
	Entries   []Entry    // sorted by Key
	Redirects []Redirect // sorted by From
	Skips     []Skip     // sorted by URL
}

// A Header is a response header of the operator's configuration, never of a crawl.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Path  string `json:"path,omitempty"` // [PathPattern] of the pages that carry it; "" for all
}

// A Scope is what one run speaks for. A release starts from the previous site,
// and only what lies in the scope is replaced: a blog under /blog/ and the
// frozen app beside it share one release.
type Scope struct {
	Source string // name of the source; a run replaces only what the same source brought
	Prefix string // decoded path prefix, "" for all
	Keys   []Key  // only these pages, where not nil, and pages that the previous site does not have
}

// Contains reports whether a run of this scope replaces the page of key that came from source.
func (s Scope) Contains(source string, key Key) bool {
	if source != s.Source || !strings.HasPrefix(key.Path.decoded, s.Prefix) {
		return false
	}
	if s.Keys == nil {
		return true
	}
	for _, k := range s.Keys {
		if k == key {
			return true
		}
	}
	return false
}

// A Sink takes what a source yields. It is safe for concurrent use. An error
// is the sink's own (a full disk, a second page for one key) and ends the run.
// A skip of a URL that was given as a page before takes the page back.
type Sink interface {
	Page(Page) error
	// Keep takes a page of [Previous] over as it is, its bytes, time and version:
	// it is unchanged, or, where stale is not nil, it failed.
	Keep(key Key, stale *Stale) error
	Redirect(Redirect) error
	Skip(Skip) error
}

// Previous is the last release, read-only. Before the first release it has no
// entries. Where an interrupted run is gone on with, the pages that it had
// already yielded stand before those of the last release.
type Previous interface {
	Entry(Key) (Entry, bool)
	Open(Key) (io.ReadCloser, error) // fails if the bytes are not those that were yielded
	Done(Key) bool                   // the page is of the interrupted run: Keep is all that is left to do
}

// A Source yields a site. A nil error means complete: every URL of its scope
// was visited or refused by a rule. An *[IncompleteError] means that a limit or
// a failing app ended the run early; nothing may be published from it.
type Source interface {
	Run(context.Context, Previous, Sink) error
}

// An IncompleteError says why a source could not visit its whole scope.
type IncompleteError struct {
	Reason string // "stopped at 1000 pages", "the app stopped answering"
	Hint   string // how to mend it; may be empty
}

func (e *IncompleteError) Error() string { return "finish the crawl: " + e.Reason }

// Response headers by which an app steers what is frozen, answer by answer. No
// gate passes them on to a visitor.
const (
	FreezeHeader = "Icecap-Freeze" // "no" leaves the answer with the app
	LinksHeader  = "Icecap-Links"  // paths or URLs, with commas between, that the answer leads to
	TagHeader    = "Icecap-Tag"    // names of the answer, with commas between, by which it is frozen again
)

// ParseTags reads the values of [TagHeader]: each name once, sorted. A name is
// printable ASCII without space, comma and semicolon, of at most 64 bytes, and a
// page has at most 32; what is more, or is none, is left out, because a page
// with too few names is only frozen again less often.
func ParseTags(values []string) []string {
	var tags []string
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			if name = strings.TrimSpace(name); validTag(name) {
				tags = append(tags, name)
			}
		}
	}
	slices.Sort(tags)
	tags = slices.Compact(tags)
	const most = 32
	return tags[:min(len(tags), most)]
}

// validTag reports whether name can be the name of a page.
func validTag(name string) bool {
	const longest = 64
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || c == ',' || c == ';' {
			return false
		}
	}
	return 0 < len(name) && len(name) <= longest
}
