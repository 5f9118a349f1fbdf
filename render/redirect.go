package render

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"icecap/content"
)

var (
	anchorPattern = regexp.MustCompile(` <a class="anchor"[^>]*>#</a>`)
	rootedPattern = regexp.MustCompile(` (?:href|src)="/[^/"]`)
)

// layRedirects lists the redirects: the aliases of the front matter; where a file
// was published under another URL before, from there; and those of earlier
// releases, as long as they lead to a page.
func (b *Blog) layRedirects() {
	targets := map[string]string{} // from decoded path to where it leads
	for _, p := range slices.Concat(b.all, slices.SortedFunc(maps.Values(b.intros), byFile)) {
		for _, alias := range p.aliases {
			if b.snapshot.wikilinks && isName(alias) {
				continue
			}
			for _, from := range b.dialect.alias(b, p, alias) {
				b.layAlias(targets, p, from, p.url.String())
			}
		}
	}
	for _, r := range b.lists {
		b.redirect(targets, r.From, r.To)
	}
	for _, p := range b.all {
		b.layOthers(targets, p, p.url.String())
	}
	for _, p := range b.moved {
		to, err := b.givenTarget(p.redirect)
		if err != nil {
			b.clash(p.problem(p.fm.lineOf("redirect_to"), fmt.Sprintf("%q is no address to lead to: %v", p.redirect, err), ""))
			continue
		}
		b.redirect(targets, p.url, to)
		b.layOthers(targets, p, to)
		for _, alias := range p.aliases {
			for _, from := range b.dialect.alias(b, p, alias) {
				b.layAlias(targets, p, from, to)
			}
		}
	}
	for _, e := range b.before.Entries {
		p := b.byFile[e.Origin]
		if p == nil || p.intro || e.Path == p.url || e.MediaType != htmlType {
			continue
		}
		b.redirect(targets, e.Path, p.url.String())
	}
	for _, r := range b.before.Redirects {
		if to, err := content.ParsePath(r.To); err == nil {
			if moved, ok := targets[to.Decoded()]; ok {
				b.redirect(targets, r.From, moved)
			} else if b.byURL[to.Decoded()] != nil {
				b.redirect(targets, r.From, r.To)
			}
		}
	}
	slices.SortFunc(b.redirects, func(x, y content.Redirect) int { return strings.Compare(x.From.Decoded(), y.From.Decoded()) })
	b.layStandIns()
}

// givenTarget is an address that a page leads to: anywhere, or a path of this site with
// perhaps a query and a fragment.
func (b *Blog) givenTarget(to string) (string, error) {
	escaped := strings.NewReplacer(`\`, "%5C", "`", "%60").Replace(content.EscapeURL(strings.TrimSpace(to)))
	if strings.Contains(to, "://") {
		u, err := url.Parse(escaped)
		if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil) {
			err = errors.New("it is no address of the web")
		}
		return escaped, err
	}
	end := strings.IndexAny(to, "?#")
	if end < 0 {
		end = len(to)
	}
	target, err := b.givenURL(to[:end])
	behind := strings.IndexAny(escaped, "?#")
	if behind < 0 {
		behind = len(escaped)
	}
	return target.String() + escaped[behind:], err
}

func (b *Blog) layAlias(targets map[string]string, p *post, alias, to string) {
	line := p.fm.lineOf("aliases")
	from, err := b.givenURL(alias)
	if err != nil {
		wrong := p.problem(line, fmt.Sprintf("the alias %q is no path of this site: %v", alias, err), "")
		if odd := (*content.PathError)(nil); errors.As(err, &odd) {
			b.clash(wrong) // no release can hold such a path
			return
		}
		b.problems = append(b.problems, wrong)
		return
	}
	what := ""
	if other := b.byURL[from.Decoded()]; other != nil && other != p {
		what = fmt.Sprintf("the alias %s is the URL of %s", from, other.file)
	} else if other, taken := targets[from.Decoded()]; taken && other != to {
		what = fmt.Sprintf("the alias %s already leads to %s", from, other)
	}
	switch {
	case what == "":
		b.redirect(targets, from, to)
	case b.snapshot.wikilinks: // it is a name that two notes have
		b.warn(p.problem(line, what, ""))
	default:
		wrong := p.problem(line, what, "")
		if b.dialect.sharedURLs { // else each is a mistake to mend
			wrong.group = "alias " + from.Decoded()
		}
		b.clash(wrong)
	}
}

// layOthers adds redirects from the other paths at which another tool has a page, to
// where the page is or leads.
func (b *Blog) layOthers(targets map[string]string, p *post, to string) {
	if b.dialect.others == nil || p.media != "" {
		return
	}
	for _, other := range b.dialect.others(p, strings.TrimPrefix(p.url.String(), b.settings.Prefix)) {
		if from, err := content.ParsePath(b.settings.Prefix + other); err == nil {
			b.redirect(targets, from, to)
		}
	}
}

// redirect adds one, unless there is a page or a redirect already.
func (b *Blog) redirect(targets map[string]string, from content.Path, to string) {
	_, taken := targets[from.Decoded()]
	if taken || b.byKey[from.Decoded()] != nil || from.String() == to {
		return
	}
	targets[from.Decoded()] = to
	b.known[from.Decoded()] = true // a link to it is a detour, and no mistake
	b.redirects = append(b.redirects, content.Redirect{From: from, To: to, Code: 301})
}
