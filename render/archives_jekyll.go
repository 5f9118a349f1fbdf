package render

import (
	"strings"

	"icecap/content"
)

// layOldArchives lets the lists that a plugin of Jekyll makes of tags, categories and dates
// lead to ours.
func (e *edition) layOldArchives() {
	old := e.dialect.archives
	lead := func(from, to string) {
		path, err := content.ParsePath(strings.TrimSuffix(e.settings.Prefix, "/") + from)
		if err == nil && path.String() != e.settings.Prefix+to {
			e.lists = append(e.lists, content.Redirect{From: path, To: e.settings.Prefix + to})
		}
	}
	all := func(from, to string, posts int) {
		lead(from, to)
		for n := 2; old.PageSize > 0 && (n-1)*old.PageSize < posts; n++ {
			lead(old.NextPath(from, n), to)
		}
	}
	if old.Posts != "" && len(e.dated) > 0 {
		all(old.Posts, e.base+archiveName, len(e.dated))
	}
	for _, list := range []struct {
		taxonomy int
		template string
	}{{tagTaxonomy, old.Tag}, {categoryTaxonomy, old.Category}} {
		if list.template == "" {
			continue
		}
		for _, t := range e.sortedTerms(list.taxonomy, e.lang) {
			all(old.TermPath(list.template, t.name), t.base, len(t.posts))
		}
	}
	for _, list := range []struct {
		template string
		monthly  bool
	}{{old.Year, false}, {old.Month, true}, {old.Day, true}} {
		last := ""
		for _, p := range e.dated {
			month := p.date.Month()
			if !list.monthly {
				month = 0
			}
			if from := old.DatePath(list.template, p.date); list.template != "" && from != last {
				last = from
				lead(from, e.base+periodPath(p.date.Year(), month))
			}
		}
	}
}
