package render

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"

	"icecap/render/search"
)

// A Cache holds what is known of posts beside their HTML, by the digests of their
// files. It is only good for the settings that it was made with.
//
// Of image files it holds what was found in them, by size and time, whatever the
// settings are. Of the search index it holds the versions of the files of terms.
type Cache struct {
	base     []byte
	posts    map[string]cached
	photos   map[string]*photo
	versions map[int][]uint64 // of each language
}

// A cached is what is known of one post; facts that nobody asked for yet are
// still as they were written.
type cached struct {
	sum     [sha256.Size]byte
	lang    int // whose search index it is in
	number  int // in that, plus 1; 0 for none
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

// index is what is known of the search index of a language, or nil.
func (c *Cache) index(lang int) *search.Earlier {
	if c == nil || len(c.versions[lang]) == 0 {
		return nil
	}
	texts := make([]search.Numbered, 0, len(c.posts))
	for _, entry := range c.posts {
		if entry.number > 0 && entry.lang == lang {
			texts = append(texts, search.Numbered{Number: uint32(entry.number - 1), Terms: entry.terms()})
		}
	}
	slices.SortFunc(texts, func(x, y search.Numbered) int { return cmp.Compare(x.Number, y.Number) })
	return &search.Earlier{Texts: texts, Versions: c.versions[lang]}
}

// terms are what the post added to the search index.
func (c *cached) terms() search.Terms {
	if c.facts != nil {
		return c.facts.Terms
	}
	d := decoder{text: c.written}
	d.string()
	d.string()
	return search.Terms(d.string())
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
	c := &Cache{base: b.snapshot.base, posts: make(map[string]cached, len(b.byFile)), photos: map[string]*photo{}, versions: map[int][]uint64{}}
	for file, p := range b.byFile {
		if facts := p.facts.Load(); facts != nil {
			c.posts[file] = cached{sum: p.sum, facts: facts}
		}
	}
	for _, e := range b.editions {
		e.keepIndex(c)
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
const cacheHead = "icecap facts 14\n"

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
		e.number(entry.lang)
		e.number(entry.number)
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
	e.number(len(c.versions))
	for lang, versions := range c.versions {
		e.number(lang)
		e.number(len(versions))
		for _, version := range versions {
			e.buf = binary.LittleEndian.AppendUint64(e.buf, version)
		}
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
		entry.lang, entry.number = d.number(), d.number()
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
	n = d.count()
	c.versions = make(map[int][]uint64, n)
	for range n {
		lang, versions := d.number(), make([]uint64, d.count())
		for i := range versions {
			if eight := d.take(8); d.err == nil {
				versions[i] = binary.LittleEndian.Uint64([]byte(eight))
			}
		}
		c.versions[lang] = versions
	}
	if d.err != nil {
		return nil
	}
	return c
}
