package render

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// checkLinks follows every link into the site, and every fragment. Turn is called before
// each text; its error ends the check.
func (b *Blog) checkLinks(ctx context.Context, turn func(context.Context) error) error {
	outside := map[string]*outsideLinks{}
	b.mu.Lock()
	b.textWarnings = nil // of an earlier check
	b.mu.Unlock()
	for _, p := range slices.AppendSeq(slices.Clone(b.all), maps.Values(b.intros)) {
		if err := turn(ctx); err != nil {
			return err
		}
		if err := b.checkPost(p, outside); err != nil {
			return err
		}
	}
	for _, p := range b.silent {
		if facts := p.facts.Load(); facts != nil { // others asked for its text
			b.remark(facts)
		}
	}
	for segment, found := range outside {
		w := found.first
		w.What = fmt.Sprintf("%d links lead below %s, where this site has nothing; this is one", found.count, segment)
		if found.count == 1 {
			w.What = fmt.Sprintf("a link leads to %s, where this site has nothing", segment)
		}
		b.warnOfText(w)
	}
	return nil
}

// warnOfText notes what a check of all texts finds, and the next one finds again.
func (b *Blog) warnOfText(w Problem) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.textWarnings = append(b.textWarnings, w)
}

// outsideLinks are links to paths where something else may answer.
type outsideLinks struct {
	first Problem
	count int
}

// checkPost notes what is wrong in one text, and what a build would warn of.
func (b *Blog) checkPost(p *post, outside map[string]*outsideLinks) error {
	facts, err := b.factsOf(p)
	if err != nil || facts == nil {
		return b.note(err)
	}
	if facts.HTML > 0 {
		w := b.problemAt(p, facts.HTML, "the HTML here and below is left out", "to let it through: raw_html = true under [build], or html: true in the front matter")
		b.warnOfText(w)
	}
	for _, s := range facts.Shorts {
		w := b.problemAt(p, s.Line, fmt.Sprintf("the shortcode %q is not known and left out, but for the text between its tags", s.Dest), "")
		w.group = "shortcode " + s.Dest
		b.warnOfText(w)
	}
	b.remark(facts)
	for _, l := range facts.Foreign {
		w := b.problemAt(p, l.Line, fmt.Sprintf("a block of %s is shown as its source", l.Dest), foreignBlocks[l.Dest])
		w.group = "block of " + l.Dest
		b.warnOfText(w)
	}
	b.checkImages(p, facts)
	for _, l := range facts.Links {
		t := b.target(p, l.Dest)
		if t.post != nil && strings.HasPrefix(l.Dest, "![[") {
			w := b.problemAt(p, l.Line, l.Dest+" is a link here: a text stands neither in itself nor in the middle of other markup", "give it a paragraph of its own")
			b.warnOfText(w)
		}
		switch {
		case t.problem != "" && t.mild:
			b.warnOfText(b.problemAt(p, l.Line, t.problem, t.hint))
		case t.problem != "":
			b.broken(b.problemAt(p, l.Line, t.problem, t.hint))
		case t.outside && !strings.HasPrefix(t.dest, b.settings.Prefix): // the app's
		case t.outside:
			first, _, _ := strings.Cut(strings.TrimPrefix(t.dest, "/"), "/")
			segment := "/" + strings.FieldsFunc(first+"?", func(r rune) bool { return r == '?' || r == '#' })[0]
			if outside[segment] == nil {
				outside[segment] = &outsideLinks{first: b.problemAt(p, l.Line, "", "")}
			}
			outside[segment].count++
		case t.post != nil && t.fragment != "":
			b.checkFragment(p, l, t)
		}
	}
	return nil
}

// remark says again what was said when a text was converted.
func (b *Blog) remark(facts *facts) {
	for _, w := range facts.Remarks {
		b.warnOfText(w)
	}
}

func (b *Blog) checkFragment(p *post, l link, t target) {
	facts, err := b.factsOf(t.post)
	if err != nil || facts == nil {
		return
	}
	fragment, err := url.PathUnescape(t.fragment)
	if err != nil {
		fragment = t.fragment
	}
	// The HTML standard gives "top" a meaning without a target.
	if fragment == "top" || strings.HasPrefix(fragment, ":~:") || slices.Contains(facts.IDs, fragment) {
		return
	}
	problem := b.problemAt(p, l.Line, fmt.Sprintf("the link %q leads to no heading of %s", l.Dest, t.post.file), nearestID(facts.IDs, fragment))
	if t.mild {
		b.warnOfText(problem)
		return
	}
	b.broken(problem)
}

// problemAt is a problem of a post whose text may have been dropped.
func (b *Blog) problemAt(p *post, line int, what, hint string) Problem {
	problem := p.problem(line, what, hint)
	if text, err := b.text(p); err == nil {
		problem.Excerpt = excerpt(text, line)
	}
	return problem
}

// broken notes a broken link.
func (b *Blog) broken(p Problem) {
	if b.settings.WarnLinks {
		b.warnOfText(p)
		return
	}
	b.problems = append(b.problems, p)
}

func nearestID(ids []string, fragment string) string {
	for _, id := range ids {
		if strings.EqualFold(id, fragment) || strings.HasPrefix(id, fragment) || strings.HasPrefix(fragment, id) {
			return fmt.Sprintf("there is #%s", id)
		}
	}
	return ""
}
