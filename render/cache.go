package render

import (
	"bytes"
	"crypto/sha256"
)

// A Cache holds the facts of posts, by the digests of their files and of the
// settings and the theme. The zero Cache is empty.
type Cache struct {
	base  []byte
	posts map[string]cached
}

type cached struct {
	sum   [sha256.Size]byte
	facts *facts
}

// use is the cache if it was made with the same settings and theme.
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
	if entry, ok := c.posts[file]; ok && entry.sum == sum {
		return entry.facts
	}
	return nil
}
