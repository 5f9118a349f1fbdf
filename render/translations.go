package render

import (
	"cmp"
	"slices"
	"strings"

	"icecap/render/theme"
)

// collectTranslations finds the pages that say with Hugo's translationKey that
// they are one text in several languages.
func (b *Blog) collectTranslations() {
	b.translated = map[string][]*post{}
	for _, p := range b.all {
		if p.translation != "" {
			b.translated[p.translation] = append(b.translated[p.translation], p)
		}
	}
}

// alternates are the languages in which there is a page, itself among them, as
// search engines want it; none if there is but one.
func (b *Blog) alternates(p *post) (links []theme.Alternate) {
	versions := b.translated[p.translation]
	if p.translation == "" || len(versions) < 2 {
		return nil
	}
	for _, v := range versions {
		links = append(links, theme.Alternate{Language: cmp.Or(v.language, b.settings.Language), URL: b.absolute(v.url.String())})
	}
	slices.SortFunc(links, func(x, y theme.Alternate) int {
		return cmp.Or(strings.Compare(x.Language, y.Language), strings.Compare(x.URL, y.URL))
	})
	return links
}
