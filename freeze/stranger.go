package freeze

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A Probe says for which pages a second stranger is sent.
type Probe string

const (
	ProbeSample Probe = "sample" // declared pages, seeds, pages with a form that posts a hidden value, and one in ten of the others
	ProbeAll    Probe = "all"    // every page that would be frozen
	ProbeNone   Probe = "none"   // no page, so that no declaration counts
)

// newCanary is a random word of one run, by which the second stranger finds what
// an app copies from a request into a page. It is lower case and without signs,
// so that it survives in a host name.
func newCanary() string { return "icecap" + strings.ToLower(rand.Text()[:16]) }

// canaryHeaders are the headers that carry the canary, each with a letter of its
// own at the end.
var canaryHeaders = [...]string{"X-Forwarded-Host", "X-Host", "X-Original-URL", "User-Agent"}

// canaryHosts are those of them that name a host or a path.
var canaryHosts = canaryHeaders[:3]

func canaryOf(header int, canary string) string { return canary + string(rune('a'+header)) }

// strangerHeader is what the second stranger sends where the first sends h: a
// telephone in another country that asks for other languages. Some of the headers
// a proxy before the app would set, and the app may believe them.
func strangerHeader(h http.Header, canary string) http.Header {
	h = h.Clone()
	h.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8")
	h.Set("Accept-Language", "ja,de;q=0.9,fr;q=0.8,es;q=0.7,en;q=0.6")
	h.Set("X-Forwarded-For", "203.0.113.77") // an address for documentation (RFC 5737)
	h.Set("X-Forwarded-Host", canaryOf(0, canary)+".invalid")
	h.Set("X-Host", canaryOf(1, canary)+".invalid")
	h.Set("X-Original-URL", "/"+canaryOf(2, canary))
	h.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1 "+canaryOf(3, canary))
	return h
}

// newStranger asks as the second stranger does, on connections of its own.
func (r *crawl) newStranger(ctx context.Context) *asker {
	if r.crawler.Probe == ProbeNone {
		return nil
	}
	return newAsker(ctx, r.newWire(r.second), r.site.crawled.String(), strangerHeader(r.header, r.rules.Canary))
}

// doubts reports whether a second stranger is sent to a page of this verdict.
func (w *worker) doubts(n *node, r *Response, v Verdict) bool {
	switch {
	case w.stranger == nil || !w.inScope(n):
		return false
	case v.Reason != "":
		return v.soft && r.public
	case w.crawler.Probe == ProbeAll || n.seed.Load():
		return true
	}
	return r.public || sampled(n.url) || r.media.Ext == "html" && hidesToken(r.Body)
}

// sampled is true for one URL in ten, the same ones in each run.
func sampled(url string) bool {
	h := fnv.New32a()
	h.Write([]byte(url))
	return h.Sum32()%10 == 0
}

// hidesToken finds a form to post with a hidden value that is long enough for a
// token. A form that searches is only another link, and the number of a product
// beside a button is no secret.
func hidesToken(body []byte) bool {
	const shortest = 8
	for {
		_, rest, found := bytes.Cut(body, []byte("<form"))
		if !found {
			return false
		}
		form, after, _ := bytes.Cut(rest, []byte("</form"))
		body = after
		tag, fields, _ := bytes.Cut(form, []byte(">"))
		if !containsFold(tag, "post") {
			continue
		}
		for found {
			if _, fields, found = bytes.Cut(fields, []byte("<input")); !found {
				break
			}
			tag, _, _ = bytes.Cut(fields, []byte(">"))
			_, value, _ := bytes.Cut(tag, []byte("value="))
			value, _, _ = bytes.Cut(bytes.Trim(value, "\"' "), []byte(" "))
			if containsFold(tag, "hidden") && len(bytes.Trim(value, "\"'/")) >= shortest {
				return true
			}
		}
	}
}

func containsFold(text []byte, word string) bool {
	return bytes.Contains(bytes.ToLower(text), []byte(word))
}

// again sends the second stranger and judges both answers. An app that turns
// strange hosts away believes none of them, as Rails does in development: it is
// asked once more, without those headers. Its error ends the crawl.
func (w *worker) again(n *node, r *Response) (Verdict, error) {
	second, err := w.askStranger(n)
	if err == nil && second.Status != r.Status && turnsAway(second.Status) {
		odd := w.stranger.header
		w.stranger.header = odd.Clone()
		for _, name := range canaryHosts {
			w.stranger.header.Del(name)
		}
		second, err = w.askStranger(n)
		w.stranger.header = odd
	}
	end := endOf(err)
	switch {
	case end != nil:
		return Verdict{}, end
	case err != nil:
		v := verdictOf(err)
		v.Detail = toAnother(v.Detail)
		return v, nil
	}
	v := w.judge(n, r, second)
	if v.Reason == "" && r.kept != nil {
		w.census.add(second) // a 304 need not say what a full answer says
	}
	return v, nil
}

// askStranger makes one request of the second stranger.
func (w *worker) askStranger(n *node) (*Response, error) {
	w.crawler.progress.probes.Add(1)
	return w.ask(w.stranger, n.url, version{})
}

// turnsAway reports whether a status refuses a request for what it is.
func turnsAway(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusForbidden || status == http.StatusMisdirectedRequest
}

func toAnother(detail string) string { return "to a second stranger: " + detail }

// judgeTwo decides by the second answer about a page that the first one would
// let pass, or that was declared public.
func judgeTwo(first, second *Response, r *Rules) Verdict {
	if second.Status != first.Status {
		v := judgeStatus(second, r)
		if !v.Failed {
			v = Verdict{Reason: Differs, Detail: strings.TrimSpace(v.Reason + " " + v.Detail)}
		}
		v.Detail = toAnother(v.Detail)
		return v
	}
	if v := findCanary(second, r.Canary); v.Reason != "" {
		return v
	}
	for _, speak := range headerRules {
		if v := speak(second, r); v.Reason != "" && !(v.soft && r.Public) {
			v.Detail = toAnother(v.Detail)
			return v
		}
	}
	if first.kept != nil { // a 304 need not have them
		if v := judgeHeaders(second, r); v.Reason != "" {
			v.Detail = toAnother(v.Detail)
			return v
		}
	}
	if one, other := first.media.Type, second.media.Type; one != other {
		return Verdict{Reason: Differs, Detail: toAnother("Content-Type: " + other)}
	}
	return compare(first, second, r.Mask)
}

// compare wants the same bytes twice. A page with a token is compared without
// any mask.
func compare(first, second *Response, mask *Mask) Verdict {
	token := offsetOf(first.Body, first.found.marks.token)
	if token >= 0 {
		mask = nil
	}
	a, b := first.Body, second.Body
	i, j, equal := mask.difference(a, b)
	if equal {
		return Verdict{}
	}
	if token >= 0 && i < token+len(first.found.marks.token) && lineOf(a, i) == lineOf(a, token) {
		return judgeToken(first, nil)
	}
	start, end := part(a, i)
	p := placeOf(a, start, end, fieldAt(a, start))
	return Verdict{Reason: Differs, place: p, Detail: fmt.Sprintf("%s, here %s and there %s", p, side(a, i), side(b, j))}
}

// side is what one of two strangers got where they differ.
func side(body []byte, i int) string {
	start, end := part(body, i)
	if start == end { // no word: some text
		end = min(len(body), start+around/2)
	}
	text := body[start:min(end, start+around)]
	if n := bytes.IndexByte(text, '\n'); n >= 0 {
		text = text[:n]
	}
	if shown := strings.TrimSpace(readable(text)); shown != "" {
		return fmt.Sprintf("%q", shown)
	}
	if i >= len(body) {
		return "the end"
	}
	return "a new line"
}

// findCanary looks for what the second stranger sent in what it got.
func findCanary(r *Response, canary string) Verdict {
	if canary == "" {
		return Verdict{}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if said := saidBy(strings.Join(r.Header[name], "\n"), canary); said != "" {
			return Verdict{Reason: Canary, Detail: "the header " + name + " repeats what " + said + " said"}
		}
	}
	i := bytes.Index(r.Body, []byte(canary))
	if i < 0 {
		return Verdict{}
	}
	end := min(len(r.Body), i+len(canary)+1)
	said := cmp.Or(saidBy(string(r.Body[i:end]), canary), "a header")
	p := placeOf(r.Body, i, end, said)
	return Verdict{Reason: Canary, place: p, Detail: fmt.Sprintf("line %d repeats what %s said: %s", p.line, said, p.text)}
}

// saidBy is the header whose canary is in a text, or "".
func saidBy(text, canary string) string {
	for i, name := range canaryHeaders {
		if strings.Contains(text, canaryOf(i, canary)) {
			return name
		}
	}
	return ""
}
