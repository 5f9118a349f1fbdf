package freeze

import (
	"net/url"

	"github.com/bmatcuk/doublestar/v4"

	"icecap/content"
)

// A ReplayRule says whether the gate answers redirects, or what is gone, itself,
// without asking the app. Of several rules the first that fits counts; without one the app does.
type ReplayRule struct {
	Path   string // doublestar glob on the decoded path: "/old/**"
	Replay bool
}

// replay is the redirect of an answer that the gate may give itself, or nil: a
// rule must say so, the status must be one that means the same to a browser from
// anywhere, and the answer one that is for everybody.
func (w *worker) replay(n *node, r *Response) *content.Redirect {
	if n.variant() != "" || r.Status == 303 || !replays(w.site.redirects, n.path.Decoded()) {
		return nil
	}
	for _, speak := range []rule{judgeCacheControl, judgeVary, judgeCookie} {
		if v := speak(r, &w.rules); v.Reason != "" {
			return nil
		}
	}
	base, err := url.Parse(w.site.public.String() + n.url)
	if err != nil {
		return nil
	}
	to, err := base.Parse(first(r.Header["Location"]))
	if err != nil || to.Scheme != "http" && to.Scheme != "https" || to.User != nil {
		return nil
	}
	redirect := content.Redirect{From: n.path, To: to.String(), Code: r.Status}
	if w.site.ours(to) {
		to.Scheme, to.Host = "", ""
		redirect.To = to.String()
	}
	if _, left := content.NewGateMap(nil, []content.Redirect{redirect}); len(left) > 0 || redirect.To == "" || redirect.To[0] == '/' && len(redirect.To) > 1 && redirect.To[1] == '/' {
		return nil // it cannot be written down safely
	}
	return &redirect
}

// replays reports whether the first rule that fits says so.
func replays(rules []ReplayRule, decoded string) bool {
	for _, rule := range rules {
		if doublestar.MatchUnvalidated(rule.Path, decoded) {
			return rule.Replay
		}
	}
	return false
}
