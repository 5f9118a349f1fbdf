package render

import (
	"cmp"
	"slices"
	"strings"

	"icecap/render/theme"
)

// collectTranslations finds the pages that are one text in several languages: those
// that say so with Hugo's translationKey.
func (b *Blog) collectTranslations() {
	b.translated = map[string][]theme.Alternate{}
	for _, p := range b.all {
		if p.translation != "" {
			b.translate(p.translation, cmp.Or(p.language, b.of(p).locale), p.url.String())
		}
	}
}

// translate notes the page of a text in a language.
func (b *Blog) translate(key, language, path string) {
	if key != "" {
		b.translated[key] = append(b.translated[key], theme.Alternate{Language: language, URL: b.absolute(path), Path: path})
	}
}

// sortTranslations puts the languages of each text in order. No page is noted later.
func (b *Blog) sortTranslations() {
	for _, versions := range b.translated {
		slices.SortFunc(versions, func(x, y theme.Alternate) int {
			return cmp.Or(strings.Compare(x.Language, y.Language), strings.Compare(x.URL, y.URL))
		})
	}
}

// alternates are the languages in which there is a page, itself among them, as
// search engines want it; none if there is but one.
func (b *Blog) alternates(key string) []theme.Alternate {
	if versions := b.translated[key]; key != "" && len(versions) > 1 {
		return versions
	}
	return nil
}
