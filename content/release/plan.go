//go:build unix

package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"icecap/content"
)

// carryFor is for how many releases of its scope a fingerprinted asset stays
// after the last run that yielded it.
const carryFor = 3

// A plan is the whole site that a stage would commit.
type plan struct {
	pages     []*page // sorted
	over      []*page // those of them that must still be linked from the previous release
	redirects []content.Redirect
	skips     []content.Skip
	had       int           // pages of the scope in the previous release
	gone      []content.Key // those of them that disappear
}

// plan joins what was staged with what is taken over. The caller holds life alone.
func (st *Stage) plan() *plan {
	pl := &plan{pages: make([]*page, 0, len(st.pages)), redirects: slices.Collect(maps.Values(st.redirects))}
	for _, p := range st.pages {
		pl.pages = append(pl.pages, p)
	}
	refused := map[string]bool{}
	for _, skip := range st.skips {
		if !skip.Failed {
			refused[skip.URL] = true
		}
	}
	for i := range st.old.pages {
		st.takeOver(pl, &st.old.pages[i], refused)
	}
	pl.pages = append(pl.pages, pl.over...)
	slices.SortFunc(pl.pages, func(a, b *page) int { return a.key.Compare(b.key) })
	pl.skips = st.allSkips()
	sortRest(pl.redirects, pl.skips)
	return pl
}

// takeOver decides what becomes of a page of the previous release.
func (st *Stage) takeOver(pl *plan, old *page, refused map[string]bool) {
	if !st.replaces(old.source, old.key) {
		pl.over = append(pl.over, old)
		return
	}
	_, staged := st.pages[old.key]
	if old.carried == 0 {
		pl.had++
	}
	if staged {
		return
	}
	_, redirected := st.redirects[old.key.Path]
	if fingerprinted(old) && old.carried < carryFor && !redirected && !refused[old.key.URL()] {
		carried := *old
		carried.carried++
		pl.over = append(pl.over, &carried)
		return
	}
	if old.carried == 0 {
		pl.gone = append(pl.gone, old.key)
	}
}

// allSkips joins the skips of this run with those of the previous release that
// it does not replace; one for each URL and source.
func (st *Stage) allSkips() []content.Skip {
	type id struct{ source, url string }
	all := make(map[id]content.Skip, len(st.skips))
	for _, skip := range st.skips {
		// Workers run in any order; of two records the choice must not depend on it.
		if have, ok := all[id{skip.Source, skip.URL}]; !ok || compareSkips(skip, have) < 0 {
			all[id{skip.Source, skip.URL}] = skip
		}
	}
	for _, skip := range st.old.skips {
		if _, ok := all[id{skip.Source, skip.URL}]; !ok && !st.replacesSkip(skip) {
			all[id{skip.Source, skip.URL}] = skip
		}
	}
	return slices.Collect(maps.Values(all))
}

// replacesSkip is replaces for a URL, many of which are skipped because they
// have no key.
func (st *Stage) replacesSkip(skip content.Skip) bool {
	raw, query, _ := strings.Cut(skip.URL, "?")
	path, err := content.ParsePath(raw)
	if err == nil {
		return st.replaces(skip.Source, content.Key{Path: path, Variant: query})
	}
	return st.keys == nil && skip.Source == st.scope.Source && strings.HasPrefix(raw, st.scope.Prefix)
}

// fingerprinted reports whether a page is an asset whose name changes with its
// bytes, as build tools name them: a style sheet, script, image or font with a
// hash in its name. It never changes, so keeping it can do no harm; but the
// pages that name it live on in browsers and caches.
func fingerprinted(p *page) bool {
	if m, _ := content.MediaFor(p.media); m.Anywhere || p.key.Variant != "" {
		return false
	}
	path := p.key.Path.Decoded()
	name := path[strings.LastIndexByte(path, '/')+1:]
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(".-_~", r) })
	// The last part is the suffix.
	return slices.ContainsFunc(parts[:max(len(parts)-1, 0)], looksLikeHash)
}

// looksLikeHash reports whether s could be a hash: 8 or more letters and
// digits, some of each, so that neither a word nor a date is one.
func looksLikeHash(s string) bool {
	digits, letters := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			letters++
		default:
			return false
		}
	}
	return digits+letters >= 8 && digits > 0 && letters > 0
}

// Site is what Commit would publish, as far as it is staged by now, without an
// ID. It waits for pages that are being written.
func (st *Stage) Site() content.Site {
	st.life.Lock()
	defer st.life.Unlock()
	pl := st.plan()
	site := content.Site{Entries: make([]content.Entry, len(pl.pages)), Redirects: pl.redirects, Skips: pl.skips}
	for i, p := range pl.pages {
		site.Entries[i] = p.entry()
	}
	return site
}

// Limits is what a new site must keep to.
type Limits struct {
	AllowShrink bool           // publish although many pages disappear
	Required    []content.Path // each must have a page or a redirect
}

const (
	// A site may lose this share of its scope's pages, in percent, or this many,
	// whichever is more. Deleted posts are that few; a broken menu is not.
	shrinkPercent = 20
	shrinkPages   = 4
)

// Check returns a *[CheckError] if the stage is not fit to be published:
// nothing was frozen in the scope, more than a fifth of the scope's pages (and
// more than four) would disappear, or a required path has no page. A failed
// write is returned as it is. That the run was complete is for its caller to
// know: a run that returned an error must not be committed.
func (st *Stage) Check(limits Limits) error {
	st.life.Lock()
	defer st.life.Unlock()
	if err := st.usable(); err != nil {
		return err
	}
	if len(st.pages) == 0 {
		return &CheckError{"nothing was frozen", "see the reasons of the skipped URLs"}
	}
	pl := st.plan()
	if n := len(pl.gone); !limits.AllowShrink && n > shrinkPages && n*100 > pl.had*shrinkPercent {
		return &CheckError{
			fmt.Sprintf("%d of %d published pages would disappear, such as %s", n, pl.had, urls(pl.gone, 3)),
			"if that is right, run it again with --allow-shrink",
		}
	}
	var missing []content.Key
	for _, path := range limits.Required {
		key := content.Key{Path: path}
		_, found := slices.BinarySearchFunc(pl.pages, key, func(p *page, key content.Key) int { return p.key.Compare(key) })
		if _, redirected := st.redirects[path]; !found && !redirected {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		return &CheckError{
			fmt.Sprintf("required pages are missing: %s", urls(missing, 10)),
			"see why they were skipped, or take them off the list of required paths",
		}
	}
	return nil
}

// urls lists the first few of some keys.
func urls(keys []content.Key, most int) string {
	var list []string
	for _, key := range keys[:min(len(keys), most)] {
		list = append(list, key.URL())
	}
	return strings.Join(list, ", ")
}
