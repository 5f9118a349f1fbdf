package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"icecap/content"
)

// Changes are what may differ from a snapshot.
type Changes struct {
	Names []string // files, and folders with all below them, as in the folder's FS
	All   bool     // anything may
}

// touches reports whether a file may have changed.
func (c Changes) touches(file string) bool {
	if c.All {
		return true
	}
	for _, name := range c.Names {
		if file == name || name == "." || strings.HasPrefix(file, name) && file[len(name)] == '/' {
			return true
		}
	}
	return false
}

// Update is the snapshot of the folder at a later time: only what may have changed
// is read again. The cache is that of a blog of an earlier snapshot, or nil.
// Snapshots share what is the same, and each stays as it is.
func (s *Snapshot) Update(ctx context.Context, now time.Time, changes Changes, cache *Cache) (*Snapshot, error) {
	folder := *s.folder
	folder.Now, folder.Cache = now, cache
	if changes.All || slices.ContainsFunc(changes.Names, s.dialect.reads) {
		return folder.Read(ctx)
	}
	next := &Snapshot{folder: &folder, dialect: s.dialect, titles: s.titles, settings: s.settings, theme: s.theme, voices: s.voices, scan: s.scan, stamps: s.stamps, zone: s.zone, data: s.data}
	next.held.Store(s.held.Load())
	if changes.touches(themeDir) || slices.ContainsFunc(changes.Names, func(name string) bool { return strings.HasPrefix(name, themeDir+"/") }) {
		if err := next.loadTheme(); err != nil {
			return nil, err
		}
		if err := next.readData(); err != nil {
			return nil, err
		}
	}
	known := make(map[string]source, len(s.sources))
	for _, src := range s.sources {
		known[src.file] = src
	}
	if !s.holds(known, changes.Names) {
		d, err := folder.dialect()
		if err != nil {
			return nil, err
		}
		if d.tool != s.dialect.tool || d.root != s.dialect.root || !bytes.Equal(d.config, s.dialect.config) || d.vault != s.dialect.vault || !slices.Equal(d.makers, s.dialect.makers) {
			return folder.Read(ctx) // the folder has become one of another kind
		}
		if next.scan, err = folder.scan(ctx, s.dialect); err != nil {
			return nil, err
		}
		if err := next.makeTexts(); err != nil {
			return nil, err
		}
	}
	if err := next.readSources(ctx, func(src *source) bool {
		old, ok := known[src.file]
		if ok && old.front != nil && !changes.touches(src.file) {
			*src = old
			return true
		}
		return false
	}); err != nil {
		return nil, err
	}
	if err := next.restamp(s.stamps, changes); err != nil {
		return nil, err
	}
	next.sum()
	return next, nil
}

// holds reports whether all names are those of files that the snapshot has and
// that are still there, so that the folder need not be looked through.
func (s *Snapshot) holds(known map[string]source, names []string) bool {
	for _, name := range names {
		if strings.HasPrefix(name, themeDir+"/") {
			continue
		}
		_, text := known[name]
		_, other := s.stamps[name]
		if !text && !other {
			return false
		}
		if info, err := fs.Lstat(s.folder.FS, name); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// restamp takes over what was noted of files that did not change.
func (s *Snapshot) restamp(before map[string]string, changes Changes) error {
	s.stamps = make(map[string]string, len(before))
	for _, file := range slices.Concat(s.scan.files, s.scan.static, s.scan.beside) {
		if stamp, ok := before[file]; ok && !changes.touches(file) {
			s.stamps[file] = stamp
			continue
		}
		stamp, err := s.stamp(file)
		if err != nil {
			return err
		}
		if stamp != "" {
			s.stamps[file] = stamp
		}
	}
	return nil
}

// stamp is what changes when a file that is no text does; "" if it is gone.
func (s *Snapshot) stamp(file string) (string, error) {
	info, err := fs.Stat(s.folder.FS, file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look at %s: %w", file, err)
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano()), nil
}

// Check makes sure of what single pages do not show: every text can be converted,
// and every link into the site leads somewhere. The error is [Problems].
//
// Turn is for a check that nobody waits for: it is called before each text, may wait,
// and ends the check by an error. One processor works at it then; with nil all do.
func (b *Blog) Check(ctx context.Context, turn func(context.Context) error) error {
	if turn == nil {
		if err := b.learn(ctx); err != nil {
			return err
		}
		turn = context.Context.Err
	}
	if err := b.checkLinks(ctx, turn); err != nil {
		return err
	}
	return b.failed()
}

// FindsAs reports whether a check finds what one of an earlier blog of the folder
// found: nothing differs but templates of pages, and what is in the theme's assets.
func (b *Blog) FindsAs(before *Blog) bool {
	s, t := b.snapshot, before.snapshot
	same := func(p, q *post) bool { return p.file == q.file && p.sum == q.sum && p.url == q.url }
	return bytes.Equal(s.base, t.base) && s.data.sum == t.data.sum && maps.Equal(s.stamps, t.stamps) && b.theme.ReadsAs(before.theme) &&
		slices.EqualFunc(b.all, before.all, same) && maps.EqualFunc(b.intros, before.intros, same)
}

// learn gets to know all texts, and notes their mistakes.
func (b *Blog) learn(ctx context.Context) error {
	posts := slices.AppendSeq(slices.Clone(b.all), maps.Values(b.intros))
	return b.folder.parallel(ctx, len(posts), func(i int) error {
		if _, err := b.factsOf(posts[i]); err != nil {
			return b.note(err)
		}
		return nil
	})
}

// A Mark says what a reader of a preview should know of a page.
type Mark struct {
	File    string    // of the folder that the page was made from, "" for a list
	Draft   bool      // it is published only because drafts are
	Publish time.Time // if that is in the future; else zero
}

// Mark is that of the page at a decoded path.
func (b *Blog) Mark(decoded string) Mark {
	o := b.byKey[decoded]
	if o == nil {
		return Mark{}
	}
	m := Mark{File: o.origin}
	if p := o.post; p != nil {
		m.Draft = p.draft
		if p.publish.After(b.folder.Now) {
			m.Publish = p.publish
		}
	}
	return m
}

// URLOf is the path at which a file of the folder is published, or "".
func (b *Blog) URLOf(file string) string {
	if p := b.byFile[file]; p != nil {
		return p.url.String()
	}
	if u, ok := b.fileURLs[file]; ok {
		return u.String()
	}
	return ""
}

// Redirect is where a decoded path leads that has no page of its own, or "".
func (b *Blog) Redirect(decoded string) string {
	i, found := slices.BinarySearchFunc(b.redirects, decoded, func(r content.Redirect, path string) int {
		return strings.Compare(r.From.Decoded(), path)
	})
	if !found {
		return ""
	}
	return b.redirects[i].To
}
