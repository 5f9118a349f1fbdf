package local

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// compressed replaces a page by what lies compressed beside it, if the visitor
// takes that and NGINX could send it; brotli comes first, as its module does.
func (g *Gate) compressed(pages *os.Root, name string, plain page, header http.Header) page {
	for _, c := range []struct {
		on             bool
		suffix, coding string
		accepts        func(string) bool
	}{
		{g.Server.Compression.Brotli, ".br", "br", acceptsBrotli},
		{g.Server.Compression.Gzip, ".gz", "gzip", acceptsGzip},
	} {
		if !c.on {
			continue
		}
		packed, err := openFile(pages, name+c.suffix)
		if err != nil {
			continue
		}
		if !c.accepts(header.Get("Accept-Encoding")) {
			packed.file.Close()
			plain.vary = true
			continue
		}
		plain.file.Close()
		packed.media, packed.coding, packed.vary = plain.media, c.coding, true
		return packed
	}
	return plain
}

// varies tells caches, once, that other visitors may get other bytes.
func (p page) varies(h http.Header) {
	const other = "Accept-Encoding"
	if p.vary && !slices.Contains(h["Vary"], other) {
		h.Add("Vary", other)
	}
}

// gzipWord is "gzip" where NGINX would see it: at the start, or after a comma or a
// blank, and no part of a longer word (ngx_http_gzip_accept_encoding).
var gzipWord = regexp.MustCompile(`(?i)gzip`)

// acceptsGzip decides as ngx_http_gzip_ok does.
func acceptsGzip(header string) bool {
	for _, at := range gzipWord.FindAllStringIndex(header, -1) {
		if at[0] > 0 && header[at[0]-1] != ',' && header[at[0]-1] != ' ' {
			continue
		}
		rest := strings.TrimLeft(header[at[1]:], " ")
		switch {
		case rest == "" || rest[0] == ',':
			return true
		case rest[0] != ';':
			return false
		}
		rest = strings.TrimLeft(rest[1:], " ")
		switch {
		case rest == "":
			return true
		case rest[0] != 'q' && rest[0] != 'Q':
			return false
		}
		return len(rest) > 2 && rest[1] == '=' && isQuality(rest[2:])
	}
	return false
}

// isQuality reports whether a text starts with a weight from 0.001 to 1, up to a
// comma or a blank (ngx_http_gzip_quantity).
func isQuality(text string) bool {
	end := strings.IndexAny(text, ", ")
	if end >= 0 {
		text = text[:end]
	}
	return qualityForm.MatchString(text) && digitSum(text) > 0
}

var qualityForm = regexp.MustCompile(`\A(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\z`)

func digitSum(text string) (sum int) {
	for _, c := range text {
		if n, err := strconv.Atoi(string(c)); err == nil {
			sum += n
		}
	}
	return sum
}

// brotliWord is "br" where the module sees it, and what it looks at behind it.
var brotliWord = regexp.MustCompile(`(?i)(?:^|[, ])br(?:$|[, ;])`)

// brotliNever is a weight of zero, as the module reads it.
var brotliNever = regexp.MustCompile(`\A *; *q *= *0(?:[^.]|\z|\.(?:[^0-9]|\z|0(?:[^0-9]|\z|0(?:[^0-9]|\z|0))))`)

// acceptsBrotli decides as ngx_brotli's check_accept_encoding does: by the first
// "br" in the header.
func acceptsBrotli(header string) bool {
	at := brotliWord.FindStringIndex(header)
	if at == nil {
		return false
	}
	rest := strings.TrimLeft(header[at[0]:], ", ")
	return !brotliNever.MatchString(rest[len("br"):])
}
