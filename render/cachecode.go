package render

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"html/template"

	"icecap/render/search"
	"icecap/render/theme"
)

// An encoder writes numbers as varints, and texts with their length before them.
type encoder struct{ buf []byte }

func (e *encoder) number(n int) { e.buf = binary.AppendUvarint(e.buf, uint64(n)) }

func (e *encoder) flag(is bool) {
	n := 0
	if is {
		n = 1
	}
	e.number(n)
}

func (e *encoder) text(s string) {
	e.number(len(s))
	e.buf = append(e.buf, s...)
}

func (e *encoder) texts(list []string) {
	e.number(len(list))
	for _, s := range list {
		e.text(s)
	}
}

func (e *encoder) facts(f *facts) {
	e.text(f.Summary)
	e.text(f.Excerpt)
	e.text(string(f.Terms))
	e.number(f.Words)
	e.texts(f.IDs)
	e.links(f.Images)
	e.number(f.HTML)
	e.flag(f.Wide)
	e.flag(f.Shared)
	e.number(int(f.Uses))
	e.links(f.Foreign)
	e.links(f.Links)
	e.links(f.Shorts)
	e.links(f.Refs)
	e.embeds(f.Embeds)
	e.remarks(f.Remarks)
	e.headings(f.TOC)
	e.buf = append(e.buf, f.digest[:]...)
}

func (e *encoder) links(list []link) {
	e.number(len(list))
	for _, l := range list {
		e.text(l.Dest)
		e.number(l.Line)
	}
}

func (e *encoder) embeds(list []embedded) {
	e.number(len(list))
	for _, one := range list {
		e.text(one.File)
		e.links(one.Links)
		e.links(one.Images)
	}
}

func (e *encoder) remarks(list Problems) {
	e.number(len(list))
	for _, r := range list {
		for _, text := range []string{r.File, r.Excerpt, r.What, r.Hint, r.group} {
			e.text(text)
		}
		e.number(r.Line)
	}
}

func (e *encoder) photo(p *photo) {
	e.text(p.stamp)
	e.text(p.damage)
	for _, n := range []int{p.width, p.height, p.bytes, p.weight, len(p.widths)} {
		e.number(n)
	}
	for _, width := range p.widths {
		e.number(width)
	}
	e.flag(p.whole)
	e.flag(p.tried)
	e.buf = append(e.buf, p.sum[:]...)
}

func (e *encoder) headings(tree []theme.Heading) {
	e.number(len(tree))
	for _, h := range tree {
		e.text(h.ID)
		e.text(string(h.Title))
		e.number(h.Level)
		e.headings(h.Sub)
	}
}

// A decoder reads it back. The strings share one text.
type decoder struct {
	text string
	err  error
}

var errCut = errors.New("read cache: it is cut short")

func (d *decoder) number() int {
	var n uint64
	for i := 0; i < len(d.text) && i < binary.MaxVarintLen64; i++ {
		c := d.text[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.text = d.text[i+1:]
			if n > uint64(1<<31) {
				break
			}
			return int(n)
		}
	}
	d.err, d.text = errCut, ""
	return 0
}

func (d *decoder) take(n int) string {
	if n > len(d.text) {
		d.err, d.text = errCut, ""
		return ""
	}
	s := d.text[:n]
	d.text = d.text[n:]
	return s
}

func (d *decoder) string() string { return d.take(d.number()) }

// count is the length of a list whose items have at least one byte each.
func (d *decoder) count() int {
	n := d.number()
	if n > len(d.text) {
		d.err, d.text = errCut, ""
		return 0
	}
	return n
}

func (d *decoder) texts() (list []string) {
	for range d.count() {
		list = append(list, d.string())
	}
	return list
}

func (d *decoder) facts() *facts {
	f := &facts{Summary: d.string(), Excerpt: d.string(), Terms: search.Terms(d.string()), Words: d.number(), IDs: d.texts(), Images: d.links(), HTML: d.number(), Wide: d.number() == 1, Shared: d.number() == 1, Uses: features(d.number()), Foreign: d.links(), Links: d.links(), Shorts: d.links(), Refs: d.links(), Embeds: d.embeds(), Remarks: d.remarks()}
	f.TOC = d.headings(0)
	copy(f.digest[:], d.take(sha256.Size))
	return f
}

func (d *decoder) links() (list []link) {
	for range d.count() {
		list = append(list, link{d.string(), d.number()})
	}
	return list
}

func (d *decoder) embeds() (list []embedded) {
	for range d.count() {
		list = append(list, embedded{d.string(), d.links(), d.links()})
	}
	return list
}

func (d *decoder) remarks() (list Problems) {
	for range d.count() {
		list = append(list, Problem{File: d.string(), Excerpt: d.string(), What: d.string(), Hint: d.string(), group: d.string(), Line: d.number()})
	}
	return list
}

func (d *decoder) photo() *photo {
	p := &photo{stamp: d.string(), damage: d.string(), width: d.number(), height: d.number(), bytes: d.number(), weight: d.number()}
	for range d.count() {
		p.widths = append(p.widths, d.number())
	}
	p.whole, p.tried = d.number() == 1, d.number() == 1
	copy(p.sum[:], d.take(sha256.Size))
	return p
}

func (d *decoder) headings(depth int) (tree []theme.Heading) {
	if depth > 6 {
		d.err = errCut
		return nil
	}
	for range d.count() {
		tree = append(tree, theme.Heading{ID: d.string(), Title: template.HTML(d.string()), Level: d.number(), Sub: d.headings(depth + 1)})
	}
	return tree
}
