package content

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Media is one media type that can be frozen.
type Media struct {
	Ext      string   // extension of the file in a release, without the dot
	Type     string   // what NGINX answers, lower case, without parameters
	Aliases  []string // other names of the same type, stored under Ext all the same
	Suffixes []string // endings of URLs that promise this type, with the dot
	Anywhere bool     // may stand under a URL without such an ending; the gate looks for it at every URL
	Text     bool     // answered with "; charset=utf-8"
	Packed   bool     // compressed by itself, so that to compress it again gains nothing

	// Files are endings of files of this type, at which an app may have any page all the
	// same: they promise a visitor nothing, and no file of an app's folder is sent by them.
	Files []string
	// Folder says that only a folder of texts publishes the type. From an app it is never
	// taken over: a download may be large, and somebody's own.
	Folder bool
}

// media is ordered: the gate looks for the Anywhere types in this order, so
// HTML, the commonest, is found with the first stat.
var media = []Media{
	{Ext: "html", Type: "text/html", Suffixes: []string{".html", ".htm"}, Anywhere: true, Text: true},
	{Ext: "json", Type: "application/json", Suffixes: []string{".json", ".map"}, Anywhere: true},
	{Ext: "xml", Type: "application/xml", Aliases: []string{"text/xml"}, Suffixes: []string{".xml"}, Anywhere: true, Text: true},
	{Ext: "rss", Type: "application/rss+xml", Suffixes: []string{".rss"}, Anywhere: true, Text: true},
	{Ext: "atom", Type: "application/atom+xml", Suffixes: []string{".atom"}, Anywhere: true, Text: true},
	{Ext: "css", Type: "text/css", Suffixes: []string{".css"}, Text: true},
	// RFC 9239 made text/javascript the one name and the others its aliases.
	{Ext: "js", Type: "text/javascript", Aliases: []string{"application/javascript", "application/x-javascript"}, Suffixes: []string{".js", ".mjs"}, Text: true},
	{Ext: "txt", Type: "text/plain", Suffixes: []string{".txt"}, Files: sourceEndings, Text: true},
	{Ext: "webmanifest", Type: "application/manifest+json", Suffixes: []string{".webmanifest"}},
	{Ext: "png", Type: "image/png", Suffixes: []string{".png"}, Packed: true},
	{Ext: "jpg", Type: "image/jpeg", Aliases: []string{"image/jpg"}, Suffixes: []string{".jpg", ".jpeg"}, Packed: true},
	{Ext: "gif", Type: "image/gif", Suffixes: []string{".gif"}, Packed: true},
	{Ext: "webp", Type: "image/webp", Suffixes: []string{".webp"}, Packed: true},
	{Ext: "avif", Type: "image/avif", Suffixes: []string{".avif"}, Packed: true},
	{Ext: "svg", Type: "image/svg+xml", Suffixes: []string{".svg"}, Text: true},
	{Ext: "ico", Type: "image/x-icon", Aliases: []string{"image/vnd.microsoft.icon"}, Suffixes: []string{".ico"}},
	{Ext: "woff2", Type: "font/woff2", Aliases: []string{"application/font-woff2"}, Suffixes: []string{".woff2"}, Packed: true},
	{Ext: "woff", Type: "font/woff", Aliases: []string{"application/font-woff", "application/x-font-woff"}, Suffixes: []string{".woff"}, Packed: true},
	{Ext: "ttf", Type: "font/ttf", Aliases: []string{"application/x-font-ttf"}, Suffixes: []string{".ttf"}},
	{Ext: "otf", Type: "font/otf", Suffixes: []string{".otf"}},
	{Ext: "pdf", Type: "application/pdf", Suffixes: []string{".pdf"}, Packed: true},
	{Ext: "wasm", Type: "application/wasm", Suffixes: []string{".wasm"}},
	{Ext: "mp4", Type: "video/mp4", Suffixes: []string{".mp4"}, Packed: true},
	{Ext: "webm", Type: "video/webm", Suffixes: []string{".webm"}, Packed: true},
	{Ext: "mp3", Type: "audio/mpeg", Aliases: []string{"audio/mp3"}, Suffixes: []string{".mp3"}, Packed: true},
	{Ext: "bmp", Type: "image/bmp", Aliases: []string{"image/x-ms-bmp"}, Suffixes: []string{".bmp"}},
	{Ext: "eot", Type: "application/vnd.ms-fontobject", Suffixes: []string{".eot"}},
	{Ext: "csv", Type: "text/csv", Suffixes: []string{".csv"}, Text: true},
	{Ext: "ics", Type: "text/calendar", Suffixes: []string{".ics"}, Text: true},
	{Ext: "vtt", Type: "text/vtt", Suffixes: []string{".vtt"}, Text: true},
	{Ext: "geojson", Type: "application/geo+json", Suffixes: []string{".geojson"}},
	{Ext: "epub", Type: "application/epub+zip", Suffixes: []string{".epub"}, Packed: true},
	{Ext: "ogg", Type: "audio/ogg", Suffixes: []string{".ogg", ".oga"}, Packed: true},
	{Ext: "m4a", Type: "audio/mp4", Aliases: []string{"audio/x-m4a"}, Suffixes: []string{".m4a"}, Packed: true},
	{Ext: "wav", Type: "audio/wav", Aliases: []string{"audio/x-wav", "audio/wave"}, Suffixes: []string{".wav"}},
	{Ext: "ogv", Type: "video/ogg", Suffixes: []string{".ogv"}, Packed: true},
	{Ext: "zip", Type: "application/zip", Aliases: []string{"application/x-zip-compressed"}, Files: []string{".zip"}, Packed: true, Folder: true},
	{Ext: "tgz", Type: "application/gzip", Aliases: []string{"application/x-gzip"}, Files: []string{".gz", ".tgz"}, Packed: true, Folder: true},
	{Ext: "tar", Type: "application/x-tar", Files: []string{".tar"}, Folder: true},
	{Ext: "ipynb", Type: "application/x-ipynb+json", Files: []string{".ipynb"}, Folder: true},
	{Ext: "docx", Type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Files: []string{".docx"}, Packed: true, Folder: true},
	{Ext: "xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Files: []string{".xlsx"}, Packed: true, Folder: true},
	{Ext: "pptx", Type: "application/vnd.openxmlformats-officedocument.presentationml.presentation", Files: []string{".pptx"}, Packed: true, Folder: true},
	{Ext: "odt", Type: "application/vnd.oasis.opendocument.text", Files: []string{".odt"}, Packed: true, Folder: true},
	{Ext: "ods", Type: "application/vnd.oasis.opendocument.spreadsheet", Files: []string{".ods"}, Packed: true, Folder: true},
	{Ext: "odp", Type: "application/vnd.oasis.opendocument.presentation", Files: []string{".odp"}, Packed: true, Folder: true},
	{Ext: "doc", Type: "application/msword", Files: []string{".doc"}, Folder: true},
	{Ext: "xls", Type: "application/vnd.ms-excel", Files: []string{".xls"}, Folder: true},
	{Ext: "ppt", Type: "application/vnd.ms-powerpoint", Files: []string{".ppt"}, Folder: true},
	{Ext: "rtf", Type: "application/rtf", Files: []string{".rtf"}, Folder: true},
	{Ext: "ps", Type: "application/postscript", Files: []string{".ps", ".eps"}, Folder: true},
	{Ext: "mov", Type: "video/quicktime", Files: []string{".mov"}, Packed: true, Folder: true},
	{Ext: "m4v", Type: "video/x-m4v", Files: []string{".m4v"}, Packed: true, Folder: true},
	{Ext: "flac", Type: "audio/flac", Files: []string{".flac"}, Packed: true, Folder: true},
	{Ext: "opus", Type: "audio/opus", Files: []string{".opus"}, Packed: true, Folder: true},
	{Ext: "bin", Type: "application/octet-stream", Files: binaryEndings, Packed: true, Folder: true},
}

// sourceEndings are those of texts that a browser shows as they are. None is that of a
// script which web servers run or of a hidden configuration (.php, .cgi, .jsp, .htaccess),
// and none of keys and databases (.pem, .key, .db, .sqlite), which lie in a folder
// without being meant for anybody.
var sourceEndings = strings.Fields(`.md .markdown .rst .adoc .org .tex .bib .cls .sty .log .diff .patch .tsv .yaml .yml .toml .ini .conf .cfg .properties
	.py .rb .pl .lua .r .rmd .jl .go .rs .c .h .cc .cpp .hpp .cs .java .kt .scala .swift .m .hs .ml .clj .el .ex .exs .erl .fs .vb .pas .f90 .asm .s .zig .nim .dart
	.tsx .jsx .vue .scss .sass .less .sh .bash .zsh .fish .ps1 .bat .cmd .awk .sed .vim .sql .proto .graphql .tf .nix .dockerfile .gradle .cmake .mk .gv .dot .puml .ly
	.asc .sig .pub .srt .gpx .kml .plist .opml .xsl .xslt .xsd .dtd .rdf .ttl .nt .jsonl .ndjson .po .pot .example .sample`)

// binaryEndings are those of files that a browser saves.
var binaryEndings = strings.Fields(`.bin .exe .msi .dmg .iso .img .deb .rpm .apk .jar .war .7z .rar .xz .bz2 .zst .lz4 .mobi .azw3 .dat .parquet .npy .npz .pkl .rds .rdata
	.psd .ai .xcf .sketch .blend .stl .obj .glb .ply .mid .midi .mkv .avi .wmv .aac .aiff .mat .h5 .onnx .pt .swf .torrent .numbers .pages .dvi .vsdx .class .so .dll`)

var (
	mediaByExt    = indexMedia(func(m Media) []string { return []string{m.Ext} })
	mediaByType   = indexMedia(func(m Media) []string { return append([]string{m.Type}, m.Aliases...) })
	mediaBySuffix = indexMedia(func(m Media) []string { return m.Suffixes })
	mediaByFile   = indexMedia(func(m Media) []string { return m.Files })
)

func indexMedia(keys func(Media) []string) map[string]Media {
	index := map[string]Media{}
	for _, m := range media {
		for _, key := range keys(m) {
			index[key] = m
		}
	}
	return index
}

// MediaTypes lists what can be frozen, in the order in which the gate looks.
func MediaTypes() []Media { return slices.Clone(media) }

// MediaFor finds the media type of a Content-Type value. Parameters, such as
// the charset, and letter case are ignored.
func MediaFor(contentType string) (Media, bool) {
	name, _, _ := strings.Cut(contentType, ";")
	m, ok := mediaByType[strings.ToLower(strings.TrimSpace(name))]
	return m, ok
}

// refuse says why a body of type m cannot stand under the decoded path with the
// variant, or "". An asset with a variant may stand anywhere: its type stands in
// the release's gate map.
// A URL ending that promises another type is refused, because caches and
// people believe the ending ("web cache deception": an account page under
// /account/x.css; Cloudflare's deception armor is the same rule).
func (m Media) refuse(decoded, variant string) string {
	promised, ok := mediaBySuffix[suffix(decoded)]
	file, isFile := mediaByFile[suffix(decoded)]
	switch {
	case isFile && file.Ext == m.Ext:
		return ""
	case !ok && !m.Anywhere && (variant == "" || !m.IsAsset()):
		return fmt.Sprintf("has the media type %s, which is served only under %s", m.Type, strings.Join(m.endings(), " or "))
	case ok && promised.Ext != m.Ext && !(promised.isXML() && m.isXML()):
		return fmt.Sprintf("ends like %s but is %s", promised.Type, m.Type)
	}
	return ""
}

// endings are those that m is told by.
func (m Media) endings() []string {
	if len(m.Suffixes) == 0 {
		return m.Files
	}
	return m.Suffixes
}

// IsAsset reports whether pages use m to be shown: style sheets, scripts, images
// and fonts. On these a query is mostly a cache-buster; see [CacheBuster].
func (m Media) IsAsset() bool {
	return m.Ext == "css" || m.Ext == "js" || strings.HasPrefix(m.Type, "image/") || strings.HasPrefix(m.Type, "font/")
}

// isXML reports whether m is one of the types that feeds and sitemaps use for one another.
func (m Media) isXML() bool { return m.Ext == "xml" || m.Ext == "rss" || m.Ext == "atom" }

// suffix is the ending of the last segment, with its dot, in its own letter case, as the gate compares it.
func suffix(decoded string) string {
	last := decoded[strings.LastIndexByte(decoded, '/')+1:]
	if dot := strings.LastIndexByte(last, '.'); dot >= 0 {
		return last[dot:]
	}
	return ""
}

// Fingerprinted reports whether the name at the end of a decoded path may change
// with the bytes, as build tools name assets: app.3f9a1c2b.css has a hash between
// separators. It may be wrong (product1.jpg), so only what does no harm then may rest
// on it. Whether the path is that of an asset is another question.
func Fingerprinted(decoded string) bool {
	return slices.ContainsFunc(nameParts(decoded), looksLikeHash)
}

// Immutable reports whether the name at the end of a decoded path changes with the
// bytes for all that can be told, so that a browser need not ask for a year. No word
// with a number, no date and no version may get there; of hashes, one in four of 8
// digits does not, and is asked for.
func Immutable(decoded string) bool { return slices.ContainsFunc(nameParts(decoded), isHash) }

// nameParts are the parts of a name between separators, without the last, which is
// the suffix.
func nameParts(decoded string) []string {
	name := decoded[strings.LastIndexByte(decoded, '/')+1:]
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(".-_~", r) })
	return parts[:max(len(parts)-1, 0)]
}

// The forms of hashes that are told from words and numbers for sure.
var (
	ownHash   = regexp.MustCompile(`\Ah[0-9a-f]{10}[0-9]\z`)                        // of icecap's own themes
	hexHash   = regexp.MustCompile(`\A[0-9a-f]{8,}\z`)                              // if digits and letters change places
	changes   = regexp.MustCompile(`[0-9][a-f]+[0-9]+[a-f]|[a-f][0-9]+[a-f]+[0-9]`) // three times
	mixedHash = regexp.MustCompile(`\A[0-9A-Za-z]{8}\z`)                            // of Vite, Rollup, esbuild, if it falls
	pieces    = regexp.MustCompile(`[A-Z]+[a-z]*|[a-z]+|[0-9]+`)                    // into four of these
	word      = regexp.MustCompile(`[a-z]{4}`)                                      // without a word in it
)

// isHash goes by these forms; package nginx has them as one expression.
func isHash(s string) bool {
	return ownHash.MatchString(s) || hexHash.MatchString(s) && changes.MatchString(s) ||
		mixedHash.MatchString(s) && !word.MatchString(s) && len(pieces.FindAllString(s, -1)) >= 4
}

// looksLikeHash reports whether s could be a hash: 8 or more letters and
// digits, some of each, so that neither a word nor a date is one.
func looksLikeHash(s string) bool {
	digits, letters := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			letters++
		default:
			return false
		}
	}
	return digits+letters >= 8 && digits > 0 && letters > 0
}
