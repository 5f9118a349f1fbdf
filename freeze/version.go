package freeze

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// A version is what a crawl remembers of a page for the next one, in
// [content.Page].Version: what the app calls it, and what it was judged by.
//
//	etag=W/3f9a modified=2026-03-01T10:00:00Z rules=5d41402a
//
// The quotes of the ETag are left out, unless it would read as a weak one without
// them (the strong "W/3f9a"), and a part that there is none of, too.
type version struct {
	etag     string    // `"3f9a"` or `W/"3f9a"`, as in the header; empty for none
	modified time.Time // Last-Modified; zero for none
	rules    string    // see [crawl.fingerprint]
}

// versionOf reads the validators of an answer (RFC 9110, 8.8). A Last-Modified
// counts only if the answer is at least a second younger: of a page that changes
// twice in a second it would not tell (8.8.2.2).
func versionOf(h http.Header, rules string) version {
	v := version{rules: rules}
	if etag := first(h["Etag"]); validETag(etag) {
		v.etag = etag
	}
	date, err := http.ParseTime(first(h["Date"]))
	modified, wrong := http.ParseTime(first(h["Last-Modified"]))
	if err == nil && wrong == nil && date.Sub(modified) >= time.Second && modified.Unix() > 0 {
		v.modified = modified.UTC()
	}
	return v
}

// validETag wants the form of RFC 9110, 8.8.3. What else servers send cannot be
// sent back for sure.
func validETag(s string) bool {
	const longest = 256
	opaque := strings.TrimPrefix(s, "W/")
	if len(s) > longest || len(opaque) < 3 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' {
		return false
	}
	for i := 1; i < len(opaque)-1; i++ {
		if c := opaque[i]; c <= ' ' || c >= 0x7f || c == '"' {
			return false
		}
	}
	return true
}

func (v version) String() string {
	var parts []string
	if v.etag != "" {
		etag := strings.ReplaceAll(v.etag, `"`, "")
		if strings.HasPrefix(v.etag, `"W/`) {
			etag = v.etag
		}
		parts = append(parts, "etag="+etag)
	}
	if !v.modified.IsZero() {
		parts = append(parts, "modified="+v.modified.Format(time.RFC3339))
	}
	return strings.Join(append(parts, "rules="+v.rules), " ")
}

// parseVersion is the opposite of String. What is not understood is not there,
// and costs a request.
func parseVersion(s string) (v version) {
	for part := range strings.SplitSeq(s, " ") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "etag":
			opaque, weak := strings.CutPrefix(value, "W/")
			v.etag = `"` + strings.Trim(opaque, `"`) + `"`
			if weak {
				v.etag = "W/" + v.etag
			}
			if !validETag(v.etag) {
				v.etag = ""
			}
		case "modified":
			if at, err := time.Parse(time.RFC3339, value); err == nil {
				v.modified = at.UTC()
			}
		case "rules":
			v.rules = value
		}
	}
	return v
}

// none reports whether the app gave nothing to ask by.
func (v version) none() bool { return v.etag == "" && v.modified.IsZero() }

// ask writes both conditions, as browsers do: a server that knows ETags ignores
// the date (RFC 9110, 13.2.2), another one knows the date only.
func (v version) ask(h http.Header) {
	if v.etag != "" {
		h["If-None-Match"] = []string{v.etag}
	}
	if !v.modified.IsZero() {
		h["If-Modified-Since"] = []string{v.modified.Format(http.TimeFormat)}
	}
}

// names reports whether a 304 speaks of this version, as far as it says. One that
// names another is of a broken cache, or of an app that went back to an older page.
func (v version) names(h http.Header) bool {
	if etag := first(h["Etag"]); etag != "" && v.etag != "" {
		return strings.TrimPrefix(etag, "W/") == strings.TrimPrefix(v.etag, "W/")
	}
	modified, err := http.ParseTime(first(h["Last-Modified"]))
	return err != nil || v.modified.IsZero() || modified.Equal(v.modified)
}

// same reports whether the app calls both the same page.
func (v version) same(other version) bool {
	return v.etag == other.etag && (v.etag != "" || v.modified.Equal(other.modified))
}

// rulesVersion is counted up when a rule of this package gets stricter: no page
// then stays because of what an older icecap thought of it.
const rulesVersion = 1

// fingerprint stands for all that a page was judged by and a 304 does not show:
// the rules and the settings, and who asked. The address at which the app answers
// is left out: an app that is started for each crawl has another port each time,
// and whether the page shows it is judged again.
func (c *Crawler) fingerprint(s *site) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d %q %q %q %q %q", rulesVersion, c.UserAgent, s.public, c.Headers, c.Declared, c.Masks)
	if s.public == s.crawled {
		fmt.Fprint(sum, " itself")
	}
	return hex.EncodeToString(sum.Sum(nil)[:4])
}
