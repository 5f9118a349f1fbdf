package content

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxName is NAME_MAX of every file system that matters.
	maxName = 255
	// maxPath bounds the decoded path; NGINX and PATH_MAX would take more, no real page needs it.
	maxPath = 1024
	// spareSuffix is what may still be added to a page's file name: a
	// precompressed sibling (".gz", ".br").
	spareSuffix = len(".gz")
)

// A Path is the path of a URL that can be frozen, in one canonical spelling.
// The zero Path is no page; make one with [ParsePath]. Two Paths are equal (==)
// exactly when NGINX sees the same $uri.
type Path struct {
	decoded string // as NGINX's $uri, starting with "/"
}

// A PathError says why a URL path cannot be stored. The page stays with the app.
type PathError struct {
	Path   string // as given, still escaped
	Reason string // in the words of the report
}

func (e *PathError) Error() string { return fmt.Sprintf("store path %q: %s", e.Path, e.Reason) }

// ParsePath reads the path of a URL as it stands in a request line or a link:
// percent-encoded, without query and fragment. Bytes that should have been
// encoded, such as raw UTF-8 or a space, are taken as they are. Each segment is
// decoded exactly once. The error is always a *[PathError].
func ParsePath(raw string) (Path, error) {
	if isPlain(raw) {
		return Path{raw}, nil
	}
	return parsePath(raw)
}

// isPlain reports whether a path is its own canonical spelling beyond doubt, as
// nearly all paths of a site are: letters, digits, dashes, dots within segments.
// Manifests of a million pages are read with it.
func isPlain(raw string) bool {
	if raw == "" || raw[0] != '/' || len(raw) > maxName-spareSuffix {
		return false
	}
	for i := 1; i < len(raw); i++ {
		switch c := raw[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_':
		case (c == '/' || c == '.') && raw[i-1] != '/':
		default:
			return false
		}
	}
	return true
}

func parsePath(raw string) (Path, error) {
	refuse := func(reason string) (Path, error) { return Path{}, &PathError{raw, reason} }
	if !strings.HasPrefix(raw, "/") {
		return refuse("does not start with a slash")
	}
	segments := strings.Split(raw[1:], "/")
	for i, escaped := range segments {
		last := i == len(segments)-1
		if escaped == "" {
			if last {
				break // "/" or a trailing slash
			}
			return refuse("has an empty segment")
		}
		if strings.Contains(escaped, "#") {
			return refuse("has a fragment")
		}
		segment, err := unescape(escaped)
		if err != nil {
			return refuse(err.Error())
		}
		if reason := refuseSegment(segment, last); reason != "" {
			return refuse(reason)
		}
		segments[i] = segment
		if segment[0] == '.' && !(i == 0 && segment == ".well-known" && !last) && !isDotFolder(segments, i) {
			return refuse("has a segment that starts with a dot")
		}
	}
	decoded := "/" + strings.Join(segments, "/")
	if len(decoded) > maxPath {
		return refuse(fmt.Sprintf("is longer than %d bytes", maxPath))
	}
	return Path{decoded}, nil
}

// refuseSegment returns why one decoded segment cannot be a file name, or "".
func refuseSegment(s string, last bool) string {
	switch {
	case s == "." || s == "..":
		return "has a dot segment"
	case len(s) > maxName-spareSuffix:
		return "has a segment that is too long for a file name"
	case !utf8.ValidString(s):
		return "is not UTF-8"
	case !norm.NFC.IsNormalString(s):
		return "is not in Unicode normal form C"
	case !last && looksLikePageFile(s):
		return "has a directory that is named like a page file of a release"
	}
	for _, r := range s {
		switch {
		case strings.ContainsRune(`/\%?;`, r):
			return fmt.Sprintf("has an encoded %q in a segment", r)
		case unicode.IsControl(r):
			return "has a control character"
		case unicode.Is(unicode.Cf, r):
			return "has an invisible format character"
		}
	}
	return ""
}

// isDotFolder reports whether the segment that starts with a dot is a folder of pages
// below another one, as a term's list is: /tags/.net/ and its feeds. What
// tools keep under such names (/.env, /.git/config, /a/.ssh/id) is none.
func isDotFolder(segments []string, i int) bool {
	last := segments[len(segments)-1]
	return i > 0 && i < len(segments)-1 && segments[i][1] != '.' && (last == "" || strings.HasSuffix(last, ".xml") || strings.HasSuffix(last, ".json") || strings.HasSuffix(last, ".html"))
}

// unescape decodes the %XX of one segment, once.
func unescape(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", fmt.Errorf("has a broken percent-encoding")
		}
		hi, lo := unhex(s[i+1]), unhex(s[i+2])
		if hi < 0 || lo < 0 {
			return "", fmt.Errorf("has a broken percent-encoding")
		}
		b.WriteByte(byte(hi<<4 | lo))
		i += 2
	}
	return b.String(), nil
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// String is the canonical percent-encoded spelling, fit for a request line.
func (p Path) String() string { return escape(p.decoded, isPathByte) }

// EscapeURL encodes what a browser encodes of a path or query before it sends it, and
// nothing else: blanks, quotes, angle brackets, and bytes that are not ASCII.
func EscapeURL(raw string) string {
	return escape(raw, func(c byte) bool { return ' ' < c && c < 0x7f && c != '"' && c != '<' && c != '>' })
}

// escape percent-encodes all bytes but those that are plain.
func escape(s string, plain func(byte) bool) string {
	const upperhex = "0123456789ABCDEF"
	first := 0
	for first < len(s) && plain(s[first]) {
		first++
	}
	if first == len(s) {
		return s // as nearly all are
	}
	var b strings.Builder
	b.WriteString(s[:first])
	for i := first; i < len(s); i++ {
		if c := s[i]; plain(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', upperhex[c>>4], upperhex[c&15]})
		}
	}
	return b.String()
}

// isPathByte reports whether c stands unencoded in a path: RFC 3986 section
// 3.3, pchar and the slash, without the semicolon, which [ParsePath] refuses.
func isPathByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("-._~!$&'()*+,=:@/", c) >= 0
}

// Decoded is the path as NGINX's $uri has it.
func (p Path) Decoded() string { return p.decoded }

// Promises is the media type that the ending of the path promises, or that a file
// with this ending has; see [Media.Files].
func (p Path) Promises() (Media, bool) {
	ending := suffix(p.decoded)
	m, ok := mediaBySuffix[ending]
	if !ok {
		m, ok = mediaByFile[ending]
	}
	return m, ok
}

// IsZero reports whether p was never parsed.
func (p Path) IsZero() bool { return p.decoded == "" }

// MarshalText writes the canonical spelling.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote, and refuses anything else.
func (p *Path) UnmarshalText(text []byte) error {
	parsed, err := ParsePath(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

// File is the slash-separated name of the file that holds the page, relative
// to the folder of pages of a release. The error is a *[PathError]: the media
// type is not in the list or cannot stand under this URL, the variant is
// malformed, or the name is too long.
func (p Path) File(variant, mediaType string) (string, error) { return p.file("", variant, mediaType) }

// fallbackMark begins what follows the "@" in the name of a fallback page's
// file. No variant holds it, so no request but the one after a failure of the
// app leads to such a file.
const fallbackMark = "!"

// FallbackFile is [Path.File] for a page that is kept for when the app fails,
// "news/today@!.html": in the same folder, so that folders are shared and synced
// as ever, under a name that only the gate's fallback asks for.
func (p Path) FallbackFile(variant, mediaType string) (string, error) {
	return p.file(fallbackMark, variant, mediaType)
}

func (p Path) file(mark, variant, mediaType string) (string, error) {
	refuse := func(reason string) (string, error) { return "", &PathError{p.String(), reason} }
	if p.IsZero() {
		return refuse("is empty")
	}
	m, ok := MediaFor(mediaType)
	if !ok {
		return refuse(fmt.Sprintf("has the media type %q, which is not in the list", mediaType))
	}
	if reason := m.refuse(p.decoded, variant); reason != "" {
		return refuse(reason)
	}
	if !validVariant(variant) && !(m.IsAsset() && ValidAssetVariant(variant)) {
		return refuse(fmt.Sprintf("has the malformed variant %q", variant))
	}
	name := p.decoded[1:] + "@" + mark + variant + "." + m.Ext
	if len(name)-(strings.LastIndexByte(name, '/')+1) > maxName-spareSuffix {
		return refuse("has a segment that is too long for a file name")
	}
	return name, nil
}

// maxAssetVariant leaves room for a name before it, and for the suffixes.
const maxAssetVariant = 200

// ValidAssetVariant reports whether a raw query can be the variant of a style
// sheet, script, image or font. It may be longer than that of a page, and hold
// percent signs, which stand for themselves: nothing decodes a variant.
func ValidAssetVariant(query string) bool {
	if query == "404" || query == "410" {
		return false // those of [StatusKey]
	}
	return query != "" && query != "-" && len(query) <= maxAssetVariant && isVariantText(strings.ReplaceAll(query, "%", ""))
}

// validVariant keeps variants to bytes that need no escape in a file name, a
// URL or an NGINX map, and keeps "@" and "/" for the rule itself.
func validVariant(v string) bool {
	// "-" is what the gate's map says for a query that is not listed.
	return len(v) <= 128 && v != "-" && isVariantText(v)
}

func isVariantText(v string) bool {
	for i := 0; i < len(v); i++ {
		c := v[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~=&+,", c) >= 0) {
			return false
		}
	}
	return true
}

// looksLikePageFile reports whether a directory of this name could stand where
// a page file or its precompressed sibling does: "about@.html", "x@page=2.json.gz".
func looksLikePageFile(s string) bool {
	s = strings.TrimSuffix(strings.TrimSuffix(s, ".gz"), ".br")
	at, dot := strings.LastIndexByte(s, '@'), strings.LastIndexByte(s, '.')
	if at < 0 || dot < at {
		return false
	}
	_, listed := mediaByExt[s[dot+1:]]
	return listed && validVariant(strings.TrimPrefix(s[at+1:dot], fallbackMark))
}
