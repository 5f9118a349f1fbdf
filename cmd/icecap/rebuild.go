package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"

	"icecap/content"
)

// A comparison is a sink that takes a site made from nothing, and the previous
// release of which nothing is kept.
type comparison struct {
	mu        sync.Mutex
	published map[content.Key]content.Entry // not met yet
	different []string
}

func (c *comparison) Page(p content.Page) error {
	sum := sha256.Sum256(p.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.published[p.Key]
	delete(c.published, p.Key)
	switch {
	case !ok:
		c.different = append(c.different, p.URL()+" is not published")
	case e.SHA256 != hex.EncodeToString(sum[:]):
		c.different = append(c.different, p.URL()+" is published with other bytes")
	case e.Version != p.Version:
		c.different = append(c.different, p.URL()+" is published as another version")
	}
	return nil
}

func (c *comparison) Keep(key content.Key, _ *content.Stale) error {
	return fmt.Errorf("keep %s: there is nothing to keep", key.URL())
}
func (c *comparison) Redirect(content.Redirect) error         { return nil }
func (c *comparison) Skip(content.Skip) error                 { return nil }
func (c *comparison) Entry(content.Key) (content.Entry, bool) { return content.Entry{}, false }
func (c *comparison) Done(content.Key) bool                   { return false }
func (c *comparison) Open(content.Key) (io.ReadCloser, error) {
	return nil, fmt.Errorf("open a page: there is none")
}

// verifyBuild makes the whole site from nothing and compares it with what is
// published, byte for byte.
func (a *app) verifyBuild(ctx context.Context, c *config, dir string) error {
	folder, err := c.folder(dir)
	if err != nil {
		return err
	}
	folder.Forms = nil
	snapshot, err := folder.Read(ctx)
	if err != nil {
		return a.sayProblems(err)
	}
	before, err := c.published()
	if err != nil {
		return err
	}
	blog, err := snapshot.Blog(ctx, before)
	if err != nil {
		return a.sayProblems(err)
	}
	compare := &comparison{published: map[content.Key]content.Entry{}}
	for _, e := range before.Entries {
		compare.published[e.Key] = e
	}
	if err := blog.Run(ctx, compare, compare); err != nil {
		return a.sayProblems(err)
	}
	for key := range compare.published {
		compare.different = append(compare.different, key.URL()+" is published, but not in the folder any more")
	}
	if n := len(compare.different); n > 0 {
		return exitError{3, fmt.Errorf("compare with a build from nothing: %d differ: %s", n, compare.different[0])}
	}
	a.reply("verified: a build from nothing gives the same %s", plural(len(before.Entries), "page"))
	return nil
}
