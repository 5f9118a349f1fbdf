package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"html/template"
	"io"

	"icecap/render/search"
	"icecap/render/theme"
)

// A Cache holds what is known of posts beside their HTML, by the digests of their
// files. It is only good for the settings that it was made with.
//
// Of image files it holds what was found in them, by size and time, whatever the
// settings are.
type Cache struct {
	base   []byte
	posts  map[string]cached
	photos map[string]*photo
}

// A cached is what is known of one post; facts that nobody asked for yet are
// still as they were written.
type cached struct {
	sum     [sha256.Size]byte
	facts   *facts
	written string
}

// use is the cache if it was made with the same settings.
func (c *Cache) use(base []byte) *Cache {
	if c == nil || !bytes.Equal(c.base, base) {
		return nil
	}
	return c
}

func (c *Cache) get(file string, sum [sha256.Size]byte) *facts {
	if c == nil {
		return nil
	}
	entry, ok := c.posts[file]
	if !ok || entry.sum != sum {
		return nil
	}
	if entry.facts != nil {
		return entry.facts
	}
	d := decoder{text: entry.written}
	if f := d.facts(); d.err == nil {
		return f
	}
	return nil
}

// photo is what is known of a file that has not changed, or nil.
func (c *Cache) photo(file, stamp string) *photo {
	if c == nil {
		return nil
	}
	if p := c.photos[file]; p != nil && p.stamp == stamp {
		return p
	}
	return nil
}

// Cache is what the next load of the folder can use. It is complete once Run has
// returned.
func (b *Blog) Cache() *Cache {
	c := &Cache{base: b.snapshot.base, posts: make(map[string]cached, len(b.byFile)), photos: map[string]*photo{}}
	for file, p := range b.byFile {
		if facts := p.facts.Load(); facts != nil {
			c.posts[file] = cached{sum: p.sum, facts: facts}
		}
	}
	for file := range b.fileURLs {
		if known, ok := b.photos.Load(file); ok {
			s := known.(*shot)
			s.mu.Lock()
			if s.photo != nil {
				c.photos[file] = s.photo
			}
			s.mu.Unlock()
		} else if p := b.folder.Cache.photo(file, b.snapshot.stamps[file]); p != nil {
			c.photos[file] = p
		}
	}
	return c
}

// cacheHead is the form of a written cache.
const cacheHead = "icecap facts 13\n"

// WriteTo writes the cache: a head, the entries, and the CRC-32C of both, which finds
// what a disk or a full one did to it. It goes out piece by piece, for that of 100,000
// posts has 170 MB.
func (c *Cache) WriteTo(w io.Writer) (written int64, err error) {
	sum := uint32(0)
	e := encoder{buf: append([]byte(cacheHead), c.base...)}
	flush := func(least int) {
		if err == nil && len(e.buf) >= least {
			sum = crc32.Update(sum, castagnoli, e.buf)
			var n int
			n, err = w.Write(e.buf)
			written += int64(n)
			e.buf = e.buf[:0]
		}
	}
	e.number(len(c.posts))
	var own encoder
	for file, entry := range c.posts {
		e.text(file)
		e.buf = append(e.buf, entry.sum[:]...)
		if entry.facts != nil {
			own.buf = own.buf[:0]
			own.facts(entry.facts)
			entry.written = string(own.buf)
		}
		e.text(entry.written)
		flush(cachePiece)
	}
	e.number(len(c.photos))
	for file, p := range c.photos {
		e.text(file)
		e.photo(p)
		flush(cachePiece)
	}
	flush(0)
	if err != nil {
		return written, err
	}
	n, err := w.Write(binary.LittleEndian.AppendUint32(nil, sum))
	return written + int64(n), err
}

// cachePiece is how much is written at once.
const cachePiece = 1 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is the CRC-32C of a text, which is not copied for that: it may be long.
func checksum(text string) (sum uint32) {
	var block [8 << 10]byte
	for len(text) > 0 {
		n := copy(block[:], text)
		sum, text = crc32.Update(sum, castagnoli, block[:n]), text[n:]
	}
	return sum
}

// ReadCache reads what WriteTo wrote, and refers to it. Whatever else it gets is an
// empty cache: everything is made anew, and nothing is lost but time.
func ReadCache(text string) *Cache {
	end := len(text) - crc32.Size
	if end < len(cacheHead)+sha256.Size || text[:len(cacheHead)] != cacheHead {
		return nil
	}
	if binary.LittleEndian.Uint32([]byte(text[end:])) != checksum(text[:end]) {
		return nil
	}
	start := len(cacheHead) + sha256.Size
	c := &Cache{base: []byte(text[len(cacheHead):start])}
	d := decoder{text: text[start:end]}
	n := d.number()
	c.posts = make(map[string]cached, min(n, len(text)/64))
	for range n {
		file := d.string()
		var entry cached
		copy(entry.sum[:], d.take(sha256.Size))
		entry.written = d.string()
		if d.err != nil {
			return nil
		}
		c.posts[file] = entry
	}
	n = d.count()
	c.photos = make(map[string]*photo, n)
	for range n {
		file := d.string()
		c.photos[file] = d.photo()
	}
	if d.err != nil {
		return nil
	}
	return c
}

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
