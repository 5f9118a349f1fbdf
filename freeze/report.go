package freeze

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"icecap/content"
)

// report tells the sink what stays with the app, sorted by URL, so that the same
// site gives the same report whichever worker was faster.
func (f *frontier) report(sink content.Sink) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	skips, redirects := f.fetchedSkips()
	for _, r := range redirects {
		if err := sink.Redirect(r); err != nil {
			return err
		}
	}
	for n, v := range f.refusal {
		if n.from != "" || n.seed.Load() && !n.hint {
			skips = append(skips, n.skip(v, nil))
		}
	}
	back := f.takenBack()
	skips = append(skips, back...)
	for _, s := range f.queries {
		for i, n := range s.named {
			if f.seen[n.url] != nil {
				continue // an asset, to which somebody also links as to a page
			}
			v := Verdict{Reason: Query}
			if more := s.count - len(s.named); more > 0 && i == len(s.named)-1 {
				path, _, _ := strings.Cut(n.url, "?")
				v.Detail = fmt.Sprintf("and %d more queries of %s", more, path)
			}
			skips = append(skips, n.skip(v, nil))
		}
	}
	slices.SortFunc(skips, func(a, b content.Skip) int { return strings.Compare(a.URL, b.URL) })
	for _, s := range skips {
		if err := sink.Skip(s); err != nil {
			return err
		}
	}
	return nil
}

// skip is the report's line for a node.
func (n *node) skip(v Verdict, cookies []string) content.Skip {
	s := content.Skip{URL: n.url, Reason: v.Reason, Detail: v.Detail, From: n.from, Failed: v.Failed, Cookies: cookies}
	if n.seed.Load() {
		s.From = ""
	}
	return s
}

// fetchedSkips are the skips of what was fetched, loops of redirects named, and
// the redirects that the gate is to answer.
func (f *frontier) fetchedSkips() (skips []content.Skip, redirects []content.Redirect) {
	targets := map[*node]*node{}
	for _, s := range f.skips {
		if s.target != nil {
			targets[s.node] = s.target
		}
	}
	skips = make([]content.Skip, 0, len(f.skips))
	for _, s := range f.skips {
		missing := s.verdict.Detail == "404 Not Found" || s.verdict.Detail == "410 "+http.StatusText(http.StatusGone)
		if s.node.hint && missing {
			continue
		}
		if s.target != nil {
			s.verdict.Detail = s.target.url
			if chain, loop := follow(s.node, targets); loop {
				s.verdict, s.replay = Verdict{Reason: RedirectLoop, Detail: chain}, nil
			}
		}
		if s.replay != nil {
			redirects = append(redirects, *s.replay)
			continue
		}
		if s.gone != nil && f.pages[s.gone.code] == *s.gone {
			redirects = append(redirects, content.Redirect{From: s.node.path, Code: s.gone.code})
			continue
		}
		skips = append(skips, s.node.skip(s.verdict, s.cookies))
	}
	slices.SortFunc(redirects, func(a, b content.Redirect) int { return strings.Compare(a.From.Decoded(), b.From.Decoded()) })
	return skips, redirects
}

// follow walks along redirects until they end or come back to a URL.
func follow(n *node, targets map[*node]*node) (chain string, loop bool) {
	const longest = 20
	var b strings.Builder
	seen := map[*node]bool{}
	for step := 0; n != nil; step++ {
		if step > 0 && step <= longest {
			b.WriteString(" -> ")
		}
		switch {
		case step < longest:
			b.WriteString(n.url)
		case step == longest:
			b.WriteString("...")
		}
		if seen[n] {
			return b.String(), true
		}
		seen[n] = true
		n = targets[n]
	}
	return "", false
}
