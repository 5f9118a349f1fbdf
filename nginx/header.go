package nginx

import (
	"slices"
	"strconv"
	"strings"

	"icecap/content"
)

// What browsers and shared caches are told, unless the operator says otherwise.
const (
	// revalidate lets a publish be seen at once: a visitor who has the page asks
	// whether it is still the same, and gets a 304. "no-cache" would mean the same
	// to browsers, and to icecap and others that the page is not for everybody.
	revalidate = "max-age=0, must-revalidate"
	// forEver is for a file whose name changes with its bytes.
	forEver = "public, max-age=31536000, immutable"
	noStore = "no-store"
)

const cacheControl = "Cache-Control"

// varies is what Vary says of a page, so that no shared cache sends compressed bytes to
// everybody. It is said also of one without a compressed file: the next release may
// have it.
const varies = "Accept-Encoding"

// fingerprint is [content.Immutable] as PCRE has it: of the last segment, a part
// between separators that is a hash, and one more part after it. Most parts are too
// short, which it sees first.
const fingerprint = `[/._~-](?=[0-9A-Za-z]{8})(?:h[0-9a-f]{10}[0-9]|` +
	`(?=[0-9a-f]*(?:[0-9][a-f]+[0-9]+[a-f]|[a-f][0-9]+[a-f]+[0-9]))[0-9a-f]{8,}|` +
	`(?=[0-9A-Za-z]{8}[._~-])(?![0-9A-Za-z]*[a-z]{4})(?:[A-Z]++[a-z]*+|[a-z]++|[0-9]++){4}[0-9A-Za-z]*+)[._~-]++[^/]+$`

// names lists the operator's headers, each once, in the order of the first of
// its name, without Cache-Control.
func (s Server) names() (names []string) {
	for _, h := range s.Headers {
		known := strings.EqualFold(h.Name, cacheControl) ||
			slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, h.Name) })
		if !known {
			names = append(names, h.Name)
		}
	}
	return names
}

// headersOf are the operator's headers of one name, in their order, as far as any counts.
func (s Server) headersOf(name string) (list []content.Header) {
	for _, h := range s.Headers {
		if strings.EqualFold(h.Name, name) {
			list = append(list, h)
			if h.Path == "" {
				break // the first that fits counts
			}
		}
	}
	return list
}

// headerMaps choose the value of each header that is not the same for all paths.
func (s Server) headerMaps() (maps Block) {
	for _, name := range s.names() {
		if list := s.headersOf(name); !isConstant(list) {
			maps = append(maps, s.headerMap(name, list, ""))
		}
	}
	list := s.headersOf(cacheControl)
	if isConstant(list) {
		return maps
	}
	otherwise := revalidate
	if list == nil || list[len(list)-1].Path != "" {
		otherwise = s.v("lasting")
		maps = append(maps,
			s.mapping(s.v("path"), "print", "An asset whose name changes with its bytes, such as app.3f9a1c2b.css, may be kept for ever.",
				line("default", revalidate), line("~"+fingerprint, forEver)),
			s.lastingMap())
	}
	if list == nil {
		return maps
	}
	return append(maps, s.headerMap(cacheControl, list, otherwise))
}

func (s Server) lastingMap() Directive {
	entries := Block{line("default", revalidate)}
	for _, m := range assetTypes() {
		entries = append(entries, line(m.Ext, s.v("print")))
	}
	return s.mapping(s.v("end"), "lasting", "How long browsers may keep an answer without asking. Only for assets is the name looked at.", entries...)
}

func (s Server) headerMap(name string, list []content.Header, otherwise string) Directive {
	entries := Block{}
	for _, h := range list {
		if h.Path == "" {
			otherwise = h.Value
			break
		}
		expression, err := content.PathPattern(h.Path)
		if err != nil {
			panic(err) // checked before
		}
		entries = append(entries, line("~"+expression, h.Value))
	}
	return s.mapping(s.v("path"), strings.TrimPrefix(s.headerVariable(name), s.v("")), name+": the first pattern that fits counts. An empty value is not sent.",
		append(Block{line("default", otherwise)}, entries...)...)
}

// headerVariable is a header's variable. Its name is a number, because NGINX
// takes at most 46 bytes for the name of a variable (variables_hash_bucket_size).
func (s Server) headerVariable(name string) string {
	if name == cacheControl {
		return s.v("cache")
	}
	return s.v("header" + strconv.Itoa(slices.Index(s.names(), name)+1))
}

func isConstant(list []content.Header) bool { return len(list) > 0 && list[0].Path == "" }

// pageHeaders are for pages from disk.
func (s Server) pageHeaders() Block {
	value := s.headerVariable(cacheControl)
	switch list := s.headersOf(cacheControl); {
	case list == nil:
		value = s.v("lasting")
	case isConstant(list):
		value = list[0].Value
	}
	block := s.headers(MarkDisk, value)
	if s.Compression.Any() {
		block = append(block, line("add_header", "Vary", varies, "always"))
	}
	block[0].Comment = "One add_header here makes NGINX ignore all those of the server block: headers that pages from\n" +
		"disk need are declared as [[header]] in icecap.toml and stand here together."
	return block
}

// headers marks an answer, says how long it may be kept, and adds the operator's own lines.
func (s Server) headers(mark, cache string) Block {
	block := Block{line("add_header", Marker, mark, "always"), line("add_header", cacheControl, cache, "always")}
	for _, name := range s.names() {
		value := s.headerVariable(name)
		if list := s.headersOf(name); isConstant(list) {
			value = list[0].Value
		}
		block = append(block, line("add_header", name, value, "always"))
	}
	return block
}

// HeadersFor lists what the gate adds to a page from disk, as the emitted maps
// do: the operator's headers, and Cache-Control. path is decoded; promised is the
// type that its ending promises.
func (s Server) HeadersFor(path string, promised content.Media) []content.Header {
	cache := revalidate
	if promised.IsAsset() && content.Immutable(path) {
		cache = forEver
	}
	if h, ok := s.firstFit(cacheControl, path); ok {
		cache = h.Value
	}
	return append([]content.Header{{Name: cacheControl, Value: cache}}, s.ownHeaders(path)...)
}

// ErrorHeadersFor lists what the gate adds to an answer that is no page at its
// own URL: a redirect, what is gone, a copy in place of a failing app.
func (s Server) ErrorHeadersFor(path, mark string) []content.Header {
	cache := noStore
	if mark == MarkDisk {
		cache = revalidate
	}
	return append([]content.Header{{Name: cacheControl, Value: cache}}, s.ownHeaders(path)...)
}

func (s Server) ownHeaders(path string) (list []content.Header) {
	for _, name := range s.names() {
		if h, ok := s.firstFit(name, path); ok {
			list = append(list, h)
		}
	}
	return list
}

// firstFit is the header of that name that counts for a path.
func (s Server) firstFit(name, path string) (content.Header, bool) {
	for _, h := range s.headersOf(name) {
		if h.Fits(path) {
			return content.Header{Name: h.Name, Value: h.Value}, true
		}
	}
	return content.Header{}, false
}
