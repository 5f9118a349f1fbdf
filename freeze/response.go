package freeze

import (
	"net/http"
	"net/url"

	"icecap/content"
)

// A Response is the app's whole answer to one GET: exact bytes, not decoded,
// not converted, no redirect followed.
type Response struct {
	URL    *url.URL // as asked for
	Status int
	Header http.Header
	Body   []byte // complete; empty where the status is not 200, nor one that [Crawler.Gone] asks for, or the media type cannot be frozen

	path    content.Path // of URL, zero until needed
	variant string       // of the page, where the URL's query is one
	public  bool         // declared so
	media   content.Media
	known   bool  // media was found in the list
	found   *scan // of Body, nil until needed

	kept     *recalled // whose bytes these are, where the app sent none
	unzipped []byte    // a sitemap that came as .xml.gz, for its links only
}

// prepare fills what several rules need.
func (r *Response) prepare() {
	r.readMedia()
	if r.found == nil {
		r.found = new(scan)
		r.found.read(r)
	}
}

func (r *Response) readMedia() {
	if !r.known {
		r.media, r.known = content.MediaFor(first(r.Header["Content-Type"]))
	}
}

// pathOf is the path of the response's URL, or the reason why it has none.
func (r *Response) pathOf() (content.Path, error) {
	if !r.path.IsZero() {
		return r.path, nil
	}
	if r.URL == nil {
		return content.Path{}, &content.PathError{Reason: "is empty"}
	}
	return content.ParsePath(r.URL.EscapedPath())
}

// isText reports whether the gate answers with "; charset=utf-8", or the format
// is always UTF-8.
func (r *Response) isText() bool {
	return r.media.Text || r.media.Ext == "json" || r.media.Ext == "webmanifest"
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
