package render

import (
	"crypto/sha256"
	"math"
	"sync"

	"icecap/render/theme"
)

const (
	// maxRelated is how many related posts a page names.
	maxRelated = 5
	// relatedReach is how many posts of one tag, on either side in time, are
	// looked at. It keeps the work linear: a tag of half of all posts would
	// otherwise be looked through once for each of them.
	relatedReach = 16
	// seriesReach is how many parts of a series are listed on either side of one.
	seriesReach = 10
)

// A tally counts what posts share with one. Posts are told apart by their place among
// all, since to look at each of a hundred posts for each post is to wait for memory.
type tally struct {
	weight []float32 // all zero between two uses
	met    []int32
	few    [maxRelated]int32
}

// A kin is what makes posts of no use as related ones of each other: an other language,
// or the same series, 0 for none. Those of all posts lie side by side, because a tally
// asks for hundreds.
type kin struct{ language, series int32 }

// kinOf numbers the languages and the series of posts.
func kinOf(posts []*post) []kin {
	list := make([]kin, len(posts))
	languages, series := map[string]int32{}, map[string]int32{"": 0}
	number := func(names map[string]int32, name string) int32 {
		n, ok := names[name]
		if !ok {
			n = int32(len(names))
			names[name] = n
		}
		return n
	}
	for i, p := range posts {
		list[i] = kin{number(languages, p.language), number(series, p.series)}
	}
	return list
}

// hashLinks makes the digest of what a link to each post shows. A page has a handful of
// links to others in its version, and they are the same ones again and again.
func hashLinks(posts []*post) [][sha256.Size]byte {
	list := make([][sha256.Size]byte, len(posts))
	for i, p := range posts {
		list[i] = hashLink(p)
	}
	return list
}

func hashLink(p *post) [sha256.Size]byte {
	v := emptyVersion()
	v.link(p)
	return v.sum()
}

// relates reports whether posts of the two may be related.
func (k kin) relates(other kin) bool {
	return k.language == other.language && (k.series == 0 || k.series != other.series)
}

var tallies = sync.Pool{New: func() any { return new(tally) }}

// related are the posts nearest to one by their tags, the closest first. A tag
// weighs the more the fewer posts have it; of equal ones the nearest in time wins.
// Posts of the same series, which has its own list, and of another language are none.
func (b *Blog) related(p *post) []*post {
	p.relatedOnce.Do(func() {
		if len(p.terms[tagTaxonomy]) > 0 {
			p.related = b.nearest(p)
		}
	})
	return p.related
}

func (b *Blog) nearest(p *post) []*post {
	t := tallies.Get().(*tally)
	defer tallies.Put(t)
	if t.met = t.met[:0]; len(t.weight) < len(b.newest) {
		t.weight = make([]float32, len(b.newest))
	}
	for i, tag := range p.terms[tagTaxonomy] {
		at := p.at[tagTaxonomy][i]
		weight := tagWeight(len(b.newest), len(tag.posts))
		for _, order := range tag.orders[max(0, at-relatedReach):min(len(tag.orders), at+relatedReach+1)] {
			if t.weight[order] == 0 {
				t.met = append(t.met, order)
			}
			t.weight[order] += weight
		}
	}
	orders := t.best(b.kin, p)
	best := make([]*post, len(orders))
	for i, order := range orders {
		best[i] = b.newest[order]
	}
	for _, order := range t.met {
		t.weight[order] = 0
	}
	return best
}

// best are the few closest of the posts that were met and may be related.
func (t *tally) best(kin []kin, p *post) []int32 {
	n, least, own := 0, float32(0), int32(p.order)
	for _, order := range t.met {
		if t.weight[order] < least {
			continue // as most are
		}
		if n == maxRelated && !t.closer(p, order, t.few[n-1]) || order == own || !kin[own].relates(kin[order]) {
			continue
		}
		at := min(n, maxRelated-1)
		n = at + 1
		for ; at > 0 && t.closer(p, order, t.few[at-1]); at-- {
			t.few[at] = t.few[at-1]
		}
		t.few[at] = order
		if n == maxRelated {
			least = t.weight[t.few[n-1]]
		}
	}
	return t.few[:n]
}

// closer reports whether x is closer to p than y.
func (t *tally) closer(p *post, x, y int32) bool {
	if wx, wy := t.weight[x], t.weight[y]; wx != wy {
		return wx > wy
	}
	at := int32(p.order)
	if dx, dy := max(x-at, at-x), max(y-at, at-y); dx != dy {
		return dx < dy
	}
	return x < y
}

// tagWeight is the inverse document frequency of a tag.
func tagWeight(posts, tagged int) float32 {
	return float32(math.Log2(1 + float64(posts)/float64(tagged)))
}

// relatedLinks are the links of a post's page to its related posts.
func (b *Blog) relatedLinks(p *post) (list []theme.Link, err error) {
	for _, other := range b.related(p) {
		item, err := b.item(other)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}

// item is a link to a post as others have it that are related, made once.
func (b *Blog) item(p *post) (theme.Link, error) {
	p.itemOnce.Do(func() {
		p.item = p.link()
		var err error
		if p.item.Item, err = b.of(p).voice.Item(p.item); err != nil {
			p.itemErr = themeProblem(err)
		}
	})
	return p.item, p.itemErr
}

// seriesOf is the place of a post in its series, told from the oldest part on; nil
// if it is in none.
func seriesOf(p *post) *theme.Series {
	if len(p.terms[seriesTaxonomy]) == 0 {
		return nil
	}
	t, of := p.terms[seriesTaxonomy][0], len(p.terms[seriesTaxonomy][0].posts)
	part := func(n int) *post { return t.posts[of-n] } // the newest post is the last part
	s := &theme.Series{Link: t.link(), Part: of - p.at[seriesTaxonomy][0], Of: of}
	if s.Part > 1 {
		s.Previous = linkTo(part(s.Part - 1))
	}
	if s.Part < of {
		s.Next = linkTo(part(s.Part + 1))
	}
	last := 0
	add := func(n int) {
		s.Parts = append(s.Parts, theme.SeriesPart{Link: part(n).link(), Part: n, Current: n == s.Part, Gap: n > last+1})
		last = n
	}
	from, to := max(1, s.Part-seriesReach), min(of, s.Part+seriesReach)
	if from > 1 {
		add(1)
	}
	for n := from; n <= to; n++ {
		add(n)
	}
	if to < of {
		add(of)
	}
	return s
}
