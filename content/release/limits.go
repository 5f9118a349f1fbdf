//go:build unix

package release

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"icecap/content"
)

// Limits is what a new site must keep to.
type Limits struct {
	AllowShrink bool           // publish although many pages disappear
	AllowSame   bool           // publish although most HTML pages are one and the same
	Required    []content.Path // each must have a page or a redirect
}

const (
	// A site may lose this share of its scope's pages, in percent, or this many,
	// whichever is more. Deleted posts are that few; a broken menu is not.
	shrinkPercent = 20
	shrinkPages   = 4
	// Of so many HTML pages more than half may not have the same bytes: a page of
	// maintenance that answers 200 OK to everything looks like that.
	manyPages = 10
	// examplesOfGone is how many of them a message names.
	examplesOfGone = 3
)

// Check returns a *[CheckError] if the stage is not fit to be published:
// nothing was frozen in the scope, more than a fifth of the scope's pages (and
// more than four) would disappear, more than half of its HTML pages (and more
// than five) have the same bytes, or a required path has no page. A failed
// write is returned as it is. That the run was complete is for its caller to
// know: a run that returned an error must not be committed.
func (st *Stage) Check(limits Limits) error {
	st.life.Lock()
	defer st.life.Unlock()
	if err := st.usable(); err != nil {
		return err
	}
	pl, err := st.plan()
	if err != nil {
		return err
	}
	// Of a list all pages may be gone or fail, of a whole app they do not.
	if !st.anyWell() && (st.keys == nil || pl.pages == 0) {
		return &CheckError{"nothing was frozen", "see the reasons of the skipped URLs"}
	}
	if n := pl.gone; !limits.AllowShrink && n > shrinkPages && n*100 > pl.had*shrinkPercent {
		return &CheckError{
			fmt.Sprintf("%d of %d published pages would disappear, such as %s", n, pl.had, urls(pl.examples, examplesOfGone)),
			"if that is right, run it again with --allow-shrink",
		}
	}
	if same, html, example := st.mostSame(); !limits.AllowSame && html >= manyPages && same*2 > html {
		return &CheckError{
			fmt.Sprintf("%d of %d HTML pages have the same bytes, those of %s", same, html, example.URL()),
			"is the app in maintenance? if that is right, run it again with --allow-same",
		}
	}
	var missing []content.Key
	for _, path := range limits.Required {
		key := content.Key{Path: path}
		found, err := st.has(key)
		if err != nil {
			return err
		}
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

// mostSame finds the bytes that more than half of the staged HTML pages have, if
// there are such bytes: how many pages have them, of how many, and the first. It
// goes twice over the pages instead of remembering them (Boyer and Moore's vote).
func (st *Stage) mostSame() (same, html int, first content.Key) {
	var candidate [sha256.Size]byte
	votes := 0
	for _, p := range st.staged {
		switch {
		case p.media != "text/html":
			continue
		case votes == 0:
			candidate, votes = p.sum, 1
		case p.sum == candidate:
			votes++
		default:
			votes--
		}
		html++
	}
	for _, p := range st.staged {
		if p.media == "text/html" && p.sum == candidate {
			if same++; same == 1 || p.key.Compare(first) < 0 {
				first = p.key
			}
		}
	}
	return same, html, first
}

// anyWell reports whether a page was staged that did not fail.
func (st *Stage) anyWell() bool {
	for _, p := range st.staged {
		if p.more == nil || p.more.stale == nil {
			return true
		}
	}
	return false
}

// has reports whether the new release would have a page.
func (st *Stage) has(key content.Key) (bool, error) {
	if _, staged := st.staged[key]; staged {
		return true, nil
	}
	old, found, err := st.previous(key)
	if err != nil || !found {
		return false, err
	}
	return !st.replaces(old.source, key) || st.carries(old, st.refused()), nil
}

// urls lists the first few of some keys.
func urls(keys []content.Key, most int) string {
	var list []string
	for _, key := range keys[:min(len(keys), most)] {
		list = append(list, key.URL())
	}
	return strings.Join(list, ", ")
}
