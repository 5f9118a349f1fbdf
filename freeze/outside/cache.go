package outside

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// A Cache holds answers of earlier runs. The nil Cache is empty and forgets all.
type Cache struct {
	mu      sync.Mutex
	answers map[string]Answer
}

const (
	// cacheHead is the form of a written cache.
	cacheHead = "icecap links 1"

	// How long what is no good answer is fresh, at most.
	brokenAge, unknownAge = 24 * time.Hour, time.Hour
	// forgotten is the age at which an answer is not written again.
	forgotten = 90 * 24 * time.Hour
)

// ReadCache reads what WriteTo wrote. A line that is none is passed over, for that
// link is asked again; another form of cache is an empty one.
func ReadCache(data []byte) *Cache {
	c := &Cache{answers: map[string]Answer{}}
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	if string(head) != cacheHead {
		return c
	}
	for line := range bytes.Lines(rest) {
		var a Answer
		if json.Unmarshal(line, &a) == nil && a.URL != "" && (a.State == OK || a.State == Broken || a.State == Unknown) {
			c.answers[a.URL] = a
		}
	}
	return c
}

// WriteTo writes the answers that may be of use to a later run, sorted by URL, one a
// line.
func (c *Cache) WriteTo(w io.Writer) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := bufio.NewWriter(w)
	written := int64(len(cacheHead) + 1)
	fmt.Fprintln(b, cacheHead)
	for _, url := range slices.Sorted(maps.Keys(c.answers)) {
		a := c.answers[url]
		if time.Since(a.Asked) > forgotten && !time.Now().Before(a.Until) {
			continue
		}
		line, err := json.Marshal(a)
		if err != nil {
			return written, fmt.Errorf("write the answer of %s: %w", url, err)
		}
		n, _ := b.Write(append(line, '\n')) // Flush tells the error
		written += int64(n)
	}
	return written, b.Flush()
}

// add keeps an answer, if somebody was asked.
func (c *Cache) add(a Answer) {
	if c == nil || a.Asked.IsZero() && a.Until.IsZero() || a.Cached {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil {
		c.answers = map[string]Answer{}
	}
	c.answers[a.URL] = a
}

// fresh is the answer that still counts for a link.
func (c *Cache) fresh(l Link, maxAge time.Duration, now time.Time) (Answer, bool) {
	if c == nil {
		return Answer{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.answers[l.URL]
	a.Cached = true
	if !ok || now.Before(a.Until) && a.Until.Sub(now) <= maxWait {
		return a, ok
	}
	limit := maxAge
	switch a.State {
	case Broken:
		limit = min(maxAge, brokenAge)
	case Unknown:
		limit = min(maxAge, unknownAge)
	case OK:
		for _, fragment := range l.Fragments {
			if _, asked := a.Fragments[fragment]; !asked {
				return a, false
			}
		}
	}
	age := now.Sub(a.Asked)
	return a, age < limit && age > -time.Minute // a clock may have been put back
}
