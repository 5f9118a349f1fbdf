package render

import (
	"bytes"
	"fmt"
	"html"
	"slices"
	"strings"

	"icecap/content"
)

// layStandIns puts a page in the place of each redirect that the gate cannot answer: of
// long paths it takes only so many, and none with a space (see [content.NewGateMap]). The
// page leads on at once, as those that Hugo and jekyll-redirect-from make for every
// redirect. What can be no page, such as /old.pdf, and what somebody follows goes first
// into the gate.
func (b *Blog) layStandIns() {
	if _, left := content.NewGateMap(nil, b.redirects); len(left) == 0 {
		return
	}
	var ranks [3][]content.Redirect
	for _, r := range b.redirects {
		rank := b.standInRank(r)
		ranks[rank] = append(ranks[rank], r)
	}
	_, left := content.NewGateMap(nil, slices.Concat(ranks[:]...))
	unanswered := map[string]bool{}
	for _, from := range left {
		unanswered[from] = true
	}
	lost := 0
	b.redirects = slices.DeleteFunc(b.redirects, func(r content.Redirect) bool {
		if !unanswered[r.From.String()] {
			return false
		}
		if isPagePath(r.From) {
			return b.addStandIn(r)
		}
		lost++
		return false
	})
	if lost > 0 {
		b.warnings = append(b.warnings, Problem{File: b.root, What: fmt.Sprintf("%d redirects from paths that no page can have are more than the gate can answer", lost)})
	}
}

// standInRank is the smaller, the more a redirect wants to be one: 0, 1 or 2.
func (b *Blog) standInRank(r content.Redirect) int {
	from := r.From.Decoded()
	switch {
	case !isPagePath(r.From):
		return 0
	case strings.HasSuffix(from, "/"+b.dialect.pagerPath+"/1/"), b.byKey[from+"/"] != nil, b.Redirect(from+"/") == r.To: // few links lead there
		return 2
	}
	return 1
}

// isPagePath reports whether a page of HTML can have the path. The old path of /a.JPG cannot:
// who shows the picture has no use for a page.
func isPagePath(p content.Path) bool {
	small, err := content.ParsePath(strings.ToLower(p.String()))
	if err != nil {
		return false
	}
	_, err = small.File("", htmlType)
	return err == nil
}

// addStandIn adds the page that leads to where a redirect does.
func (b *Blog) addStandIn(r content.Redirect) bool {
	origin := "" // by which the next build knows that the text was here
	if to, err := content.ParsePath(r.To); err == nil && b.byURL[to.Decoded()] != nil {
		origin = b.byURL[to.Decoded()].file
	}
	to, canonical := html.EscapeString(r.To), html.EscapeString(b.absolute(r.To))
	page := fmt.Sprintf(`<!DOCTYPE html><html lang="%s"><meta charset="utf-8"><title>%s</title><link rel="canonical" href="%s"><meta name="robots" content="noindex"><meta http-equiv="refresh" content="0; url=%s"><a href="%s">%s</a>`+"\n",
		html.EscapeString(b.main().site.Language), canonical, canonical, to, to, to)
	return b.add(&output{key: content.Key{Path: r.From}, media: htmlType, origin: origin,
		version: func() (string, error) {
			v := emptyVersion()
			v.WriteString(page)
			return v.version(), nil
		},
		write: func(w *bytes.Buffer) error {
			w.WriteString(page)
			return nil
		}})
}
