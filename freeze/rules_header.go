package freeze

import (
	"net/http"
	"strings"

	"icecap/content"
)

// judgeCacheControl obeys what an app tells shared caches (RFC 9111, section
// 5.2), and what it tells those beside it in its own words. Frameworks say
// private and no-cache of every page, so only that may be a default that nobody
// meant; what was said to a cache beside the app was meant.
func judgeCacheControl(r *Response, _ *Rules) Verdict {
	var mild Verdict
	for _, name := range [...]string{"Cache-Control", "Surrogate-Control", "Cdn-Cache-Control"} {
		for _, line := range r.Header[name] {
			v := Verdict{Reason: uncacheable(line), Detail: name + ": " + line}
			switch {
			case v.Reason == "":
			case v.Reason == NoStore || name != "Cache-Control":
				return v
			case mild.Reason == "":
				mild = v
				mild.soft = true
			}
		}
	}
	for _, line := range r.Header["Pragma"] {
		if mild.Reason == "" && strings.Contains(strings.ToLower(line), "no-cache") {
			mild = Verdict{Reason: NoCache, Detail: "Pragma: " + line, soft: true}
		}
	}
	return mild
}

// uncacheable finds the strictest directive of one line. Arguments, as in
// no-cache="Set-Cookie", do not make it milder here.
func uncacheable(line string) string {
	found := ""
	for part := range strings.SplitSeq(line, ",") {
		directive, _, _ := strings.Cut(part, "=")
		directive = strings.TrimSpace(directive)
		switch {
		case strings.EqualFold(directive, "no-store"):
			return NoStore
		case strings.EqualFold(directive, "private"):
			found = Private
		case strings.EqualFold(directive, "no-cache") && found == "":
			found = NoCache
		}
	}
	return found
}

// judgeVary accepts no page that depends on more than the content coding, which
// the gate chooses itself. What two strangers can test, and what the gate sends
// to the app, a declaration can outweigh.
func judgeVary(r *Response, _ *Rules) Verdict {
	var mild Verdict
	for _, line := range r.Header["Vary"] {
		for part := range strings.SplitSeq(line, ",") {
			switch strings.ToLower(strings.TrimSpace(part)) {
			case "", "accept-encoding":
			case "cookie", "authorization", "accept-language", "user-agent", "accept", "origin":
				mild = Verdict{Reason: Vary, Detail: "Vary: " + line, soft: true}
			default:
				return Verdict{Reason: Vary, Detail: "Vary: " + line}
			}
		}
	}
	return mild
}

// judgeCookie refuses every page that sets one. RFC 9111 would not; but a page
// that begins a session is made for the one who gets it. The value stays secret.
func judgeCookie(r *Response, _ *Rules) Verdict {
	if lines := r.Header["Set-Cookie"]; len(lines) > 0 {
		return Verdict{Reason: Cookie, Detail: "Set-Cookie: " + strings.Join(cookieNames(r.Header), ", "), soft: true}
	}
	return Verdict{}
}

// cookieNames are the names of the cookies that an answer sets, in its order, each once.
func cookieNames(header http.Header) []string {
	var names []string
	for _, line := range header["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		name, _, _ := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		known := name == "" // a cookie without a name tells nothing
		for _, n := range names {
			known = known || n == name
		}
		if !known {
			names = append(names, name)
		}
	}
	return names
}

// judgeDraft looks for headers by which a content system marks what only an
// editor should see: X-Statamic-Draft, X-Preview-Token.
func judgeDraft(r *Response, _ *Rules) Verdict {
	var v Verdict
	for name, values := range r.Header {
		if len(name) < 3 || name[:2] != "X-" ||
			!strings.HasSuffix(name, "-Draft") && !strings.HasSuffix(name, "-Preview") && !strings.HasSuffix(name, "-Preview-Token") {
			continue
		}
		switch strings.ToLower(first(values)) {
		case "", "0", "false", "no", "off":
		default:
			if detail := name + ": " + first(values); v.Reason == "" || detail < v.Detail { // the map has no order, the report has
				v = Verdict{Reason: Draft, Detail: detail}
			}
		}
	}
	return v
}

// judgeHeaders compares with the headers that the gate will add to this path, but
// for Cache-Control, which the gate has its own mind about. A page that
// does not send one gets it all the same: the operator declared it for the site.
func judgeHeaders(r *Response, rules *Rules) Verdict {
	seen := map[string]bool{} // the first that fits counts
	for _, want := range rules.Headers {
		name := http.CanonicalHeaderKey(want.Name)
		if seen[name] || name == "Cache-Control" || !want.Fits(r.path.Decoded()) {
			continue
		}
		seen[name] = true
		if got, ok := headerValue(r.Header, want); ok && got != strings.TrimSpace(want.Value) {
			return Verdict{Reason: Header, Detail: name + ": " + got}
		}
	}
	return Verdict{}
}

func headerValue(header http.Header, h content.Header) (string, bool) {
	values := header.Values(h.Name)
	return strings.TrimSpace(strings.Join(values, ", ")), len(values) > 0
}

// judgeNonce refuses a nonce, which frozen would be known to every attacker.
func judgeNonce(r *Response, _ *Rules) Verdict {
	for _, name := range [...]string{"Content-Security-Policy", "Content-Security-Policy-Report-Only"} {
		for _, line := range r.Header[name] {
			if strings.Contains(line, "'nonce-") {
				return Verdict{Reason: Nonce, Detail: name + " with a nonce"}
			}
		}
	}
	if r.found.marks.nonce {
		return Verdict{Reason: Nonce, Detail: "an element with a nonce"}
	}
	return Verdict{}
}
