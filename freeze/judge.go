package freeze

import (
	"fmt"
	"net/http"
	"strings"

	"icecap/content"
)

// Reasons why a URL is not frozen, one word each. The package comment says what
// each of them means.
const (
	Redirect     = "redirect"
	RedirectLoop = "redirect-loop"
	Status       = "status"
	App          = "app"
	NoStore      = "no-store"
	Private      = "private"
	NoCache      = "no-cache"
	Vary         = "vary"
	Cookie       = "cookie"
	Draft        = "draft"
	Debug        = "debug"
	Media        = "media"
	Empty        = "empty"
	Charset      = "charset"
	Nonce        = "nonce"
	CSRF         = "csrf"
	Canary       = "canary"
	Differs      = "differs"
	Session      = "session"
	Header       = "header"
	Leak         = "leak"
	Path         = "path"
	Query        = "query"
	Unstyled     = "unstyled"
	Action       = "action"
	Trap         = "trap"
	RobotsTXT    = "robots"
	TooLarge     = "too-large"
	Encoding     = "encoding"
	Cut          = "cut"
	Timeout      = "timeout"
	Connection   = "connection"
	Panic        = "panic"
)

// A Verdict says whether a page may be frozen. The zero Verdict says yes.
type Verdict struct {
	Reason string // one of the constants of this package, or empty
	Detail string // what was seen
	Failed bool   // the app failed; it did not mean to say this

	soft  bool  // does not hold for a page that was declared public and is the same twice
	place place // in the body, where there is one
}

// Rules are what a judgement depends on besides the response itself.
type Rules struct {
	Headers []content.Header // the gate adds these to every page, so a page must not have other values
	Leaks   []string         // addresses that no public page may show, such as "127.0.0.1:8000"
	Public  bool             // the operator declares that every stranger gets this page
	Mask    *Mask            // noise that does not count when two responses are compared
	Canary  string           // random word in the second stranger's headers; empty where there is none
}

// A rule returns the zero Verdict where it has nothing to say.
type rule func(*Response, *Rules) Verdict

// headerRules are what the app says itself, to the first stranger or the second.
var headerRules = []rule{
	judgeApp,
	judgeCacheControl,
	judgeVary,
	judgeCookie,
	judgeDraft,
}

// rules are tried in this order, and the first that speaks gives the reason:
// first what the app says itself, then what its body shows.
var rules = append(append([]rule{judgeStatus}, headerRules...),
	judgeMedia,
	judgeEmpty,
	judgeCharset,
	judgeDebug,
	judgeNonce,
	judgeToken,
	judgeSession,
	judgeHeaders,
	judgeLeak,
)

// Judge decides whether a response is the same for every visitor at any time,
// as far as it shows that. It has no memory and asks nobody. The second
// response, to another stranger who asked for the same URL, is nil where there
// is none; then a declaration alone lifts no rule.
func Judge(first, second *Response, r Rules) Verdict {
	first.prepare()
	v := judgeOne(first, &r)
	if second == nil || v.Reason != "" && !(v.soft && r.Public) {
		return v
	}
	second.readMedia()
	return judgeTwo(first, second, &r)
}

// judgeOne lets the first rule speak; of a page that was declared public, the
// first that no declaration lifts.
func judgeOne(response *Response, r *Rules) Verdict {
	var mild Verdict
	for _, speak := range rules {
		switch v := speak(response, r); {
		case v.Reason == "":
		case !v.soft || !r.Public:
			return v
		case mild.Reason == "":
			mild = v
		}
	}
	return mild
}

func judgeStatus(r *Response, _ *Rules) Verdict {
	switch {
	case r.Status == http.StatusOK:
		return Verdict{}
	case isRedirect(r.Status) && first(r.Header["Location"]) != "":
		return Verdict{Reason: Redirect, Detail: first(r.Header["Location"])}
	}
	return Verdict{
		Reason: Status,
		Detail: strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))),
		Failed: r.Status >= 500 || r.Status == http.StatusTooManyRequests || r.Status == http.StatusRequestTimeout,
	}
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// judgeMedia holds the page to the one URL-to-file rule: what has no file name
// cannot be frozen.
func judgeMedia(r *Response, _ *Rules) Verdict {
	types := r.Header["Content-Type"]
	switch {
	case len(types) == 0 || strings.TrimSpace(types[0]) == "":
		return Verdict{Reason: Media, Detail: "no Content-Type"}
	case len(types) > 1:
		return Verdict{Reason: Media, Detail: "several Content-Type headers"}
	}
	path, err := r.pathOf()
	if err != nil {
		return refusedPath(err)
	}
	if r.media.Folder {
		return Verdict{Reason: Media, Detail: fmt.Sprintf("has the media type %q, which is not in the list", types[0])}
	}
	if _, err := path.File(r.variant, types[0]); err != nil {
		v := refusedPath(err)
		if !r.known || r.media.Ext != "" && !strings.Contains(v.Detail, "too long") {
			v.Reason = Media
		}
		return v
	}
	return Verdict{}
}

// refusedPath is the verdict for a path without a file name.
func refusedPath(err error) Verdict {
	if refusal, ok := err.(*content.PathError); ok {
		return Verdict{Reason: Path, Detail: refusal.Reason}
	}
	return Verdict{Reason: Path, Detail: err.Error()}
}

func judgeEmpty(r *Response, _ *Rules) Verdict {
	if r.media.Ext == "html" && len(trimSpace(r.Body)) == 0 {
		return Verdict{Reason: Empty, Detail: "an HTML page of 200 OK without content"}
	}
	return Verdict{}
}
