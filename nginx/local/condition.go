package local

import (
	"net/http"
	"strings"
)

// condition is the status with which NGINX answers a conditional request (the
// rules of ngx_http_not_modified_filter_module.c), 0 for the page itself. Where
// both If-None-Match and If-Modified-Since are sent, both must say that the
// visitor has the page; RFC 9110 would ignore the second.
func (p page) condition(header http.Header) int {
	if since, ok := header["If-Unmodified-Since"]; ok {
		if t, err := http.ParseTime(since[0]); err != nil || p.time.After(t) {
			return http.StatusPreconditionFailed
		}
	}
	if tags, ok := header["If-Match"]; ok && !p.matches(tags[0], false) {
		return http.StatusPreconditionFailed
	}
	since, hasSince := header["If-Modified-Since"]
	tags, hasTags := header["If-None-Match"]
	if !hasSince && !hasTags {
		return 0
	}
	if hasSince {
		// "if_modified_since exact", NGINX's default: an older page that came
		// back with a rollback is a change as well.
		if t, err := http.ParseTime(since[0]); err != nil || !t.Equal(p.time) {
			return 0
		}
	}
	if hasTags && !p.matches(tags[0], true) {
		return 0
	}
	return http.StatusNotModified
}

// matches reports whether the page's tag is in a list of tags. A weak
// comparison takes W/"x" for "x".
func (p page) matches(list string, weak bool) bool {
	if list == "*" {
		return true
	}
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.Trim(tag, " \t")
		if weak {
			tag = strings.TrimPrefix(tag, "W/")
		}
		if tag == p.etag() {
			return true
		}
	}
	return false
}
