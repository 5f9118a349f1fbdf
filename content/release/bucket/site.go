package bucket

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/minio/minio-go/v7"

	"icecap/content"
	"icecap/content/release"
)

const (
	// siteMarker is the object that marks a folder as an export, and lists what the
	// export may replace and delete.
	siteMarker = ".icecap-export"
	siteHead   = "icecap export 1: the objects below are replaced by the next export\n"
	// indexName is the index document that every host of bucket sites knows.
	indexName = "index.html"
	// unsure stands for the hash of an object that is about to change.
	unsure = "-"
	// maxMarker bounds what is read of a marker: a million names.
	maxMarker = 1 << 30
)

// Exported says what an export wrote. Its Bytes and Files are those of the whole site.
type Exported struct {
	release.Exported
	Sent    int // objects that were new or changed
	Deleted int // objects that are gone
}

// An object is one of the site.
type object struct {
	url   string
	sum   string // hash of its bytes and its media type
	media string // Content-Type
	entry *content.Entry
	to    string // of a redirect
}

// A ForeignError says that a folder of a bucket is not icecap's to write in.
type ForeignError struct{ Bucket, Object string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("export to %s: it is not empty (it holds %q) and is no earlier export", e.Bucket, e.Object)
}

// Hint says how to go on.
func (e *ForeignError) Hint() string {
	return "name an empty bucket, or a folder in it: s3://bucket/folder"
}

// Export brings a plain site up to date with a release; see the package comment. A
// page with a query is left out, and of two pages for one object the one whose URL
// is the object's name is written; both are findings.
func (b *Bucket) Export(ctx context.Context, r *release.Release) (Exported, error) {
	site, err := r.Site()
	if err != nil {
		return Exported{}, err
	}
	was, err := b.readMarker(ctx)
	if err != nil {
		return Exported{}, err
	}
	var done Exported
	want := done.plan(&site)
	announced, err := b.announce(ctx, was, want)
	if err != nil {
		return done, err
	}
	refused := &names{}
	for _, html := range []bool{false, true} {
		if err := b.sendChanged(ctx, r, was, want, html, refused); err != nil {
			return done, err
		}
	}
	for _, name := range refused.list {
		done.leaveOut(want[name].url, name, "this store keeps objects as files and folders, and "+name+" is also a folder, or below a file")
		delete(want, name)
	}
	if done.Deleted, err = b.deleteGone(ctx, was, want); err != nil {
		return done, err
	}
	for name, o := range want {
		if was[name] != o.sum {
			done.Sent++
		}
		done.count(o)
	}
	slices.SortFunc(done.Findings, func(a, c release.Finding) int {
		return cmp.Or(strings.Compare(a.URL, c.URL), strings.Compare(a.Reason, c.Reason))
	})
	return done, b.writeMarker(ctx, announced, sums(want))
}

// plan gives every page and redirect its object.
func (done *Exported) plan(site *content.Site) map[string]*object {
	want := map[string]*object{}
	add := func(path content.Path, o *object) {
		name := path.Decoded()[1:]
		if name == "" || strings.HasSuffix(name, "/") {
			name += indexName
		}
		if other := want[name]; other != nil {
			if "/"+name != path.Decoded() { // of /x/ and /x/index.html the second
				done.leaveOut(o.url, name, other.url+" has the name of this object")
				return
			}
			done.leaveOut(other.url, name, o.url+" has the name of this object")
		}
		body := o.to
		if o.entry != nil {
			body = o.entry.SHA256
		}
		sum := sha256.Sum256([]byte(o.media + "\n" + body))
		o.sum = hex.EncodeToString(sum[:])
		want[name] = o
	}
	for i := range site.Entries {
		e := &site.Entries[i]
		if e.Variant != "" {
			done.leaveOut(e.URL(), e.Path.Decoded()[1:], "a plain host answers every query with the page without it")
			continue
		}
		media, _ := content.MediaFor(e.MediaType)
		o := &object{url: e.URL(), media: media.Type, entry: e}
		if media.Text {
			o.media += "; charset=utf-8"
		}
		add(e.Path, o)
	}
	for _, r := range site.Redirects {
		add(r.From, &object{url: r.From.String(), media: "text/html; charset=utf-8", to: r.To})
	}
	return want
}

func (done *Exported) leaveOut(url, name, reason string) {
	done.Findings = append(done.Findings, release.Finding{URL: url, File: name, Reason: reason})
}

func (done *Exported) count(o *object) {
	if o.entry == nil {
		done.Redirects++
		done.Bytes += int64(len(release.RefreshPage(o.to)))
		return
	}
	done.Files++
	done.Bytes += o.entry.Size
}

// names collects names from several workers.
type names struct {
	mu   sync.Mutex
	list []string
}

func (n *names) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, name)
}

// sendChanged sends the objects that are new or changed: HTML, or all others.
func (b *Bucket) sendChanged(ctx context.Context, r *release.Release, was map[string]string, want map[string]*object, html bool, refused *names) error {
	return inParallel(ctx, func(_ context.Context, put func(string) error) error {
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if o := want[name]; was[name] != o.sum && strings.HasPrefix(o.media, "text/html") == html {
				if err := put(name); err != nil {
					return err
				}
			}
		}
		return nil
	}, func(ctx context.Context, name string) error {
		o := want[name]
		body := []byte(release.RefreshPage(o.to))
		if o.entry != nil {
			var err error
			if body, err = readBody(r, *o.entry); err != nil {
				return err
			}
		}
		err := b.put(ctx, name, bytes.NewReader(body), int64(len(body)), o.media)
		if isFolderClash(err) {
			refused.add(name)
			return nil
		}
		b.count(int64(len(body)))
		return failed(ctx, err, "send page %s", o.url)
	})
}

// isFolderClash reports whether a store refused an object because it keeps objects
// as files and folders.
func isFolderClash(err error) bool {
	switch minio.ToErrorResponse(err).Code {
	case "ObjectParentIsFile", "ExistingObjectIsDirectory", // versitygw
		"XMinioParentIsObject", "XMinioObjectExistsAsDirectory": // MinIO
		return true
	}
	return false
}

// deleteGone deletes what the release does not have any more.
func (b *Bucket) deleteGone(ctx context.Context, was map[string]string, want map[string]*object) (int, error) {
	var gone []string
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if want[name] == nil {
			gone = append(gone, name)
		}
	}
	return len(gone), inParallel(ctx, func(_ context.Context, put func(string) error) error {
		for _, name := range gone {
			if err := put(name); err != nil {
				return err
			}
		}
		return nil
	}, func(ctx context.Context, name string) error {
		err := b.client.RemoveObject(ctx, b.name, b.prefix+name, minio.RemoveObjectOptions{})
		if missing(err) {
			return nil
		}
		return failed(ctx, err, "delete %s", name)
	})
}

func sums(want map[string]*object) map[string]string {
	list := make(map[string]string, len(want))
	for name, o := range want {
		list[name] = o.sum
	}
	return list
}

// readMarker reads what an earlier export wrote. There is nothing in an empty
// folder; another one is a *[ForeignError].
func (b *Bucket) readMarker(ctx context.Context) (map[string]string, error) {
	text, err := b.get(ctx, siteMarker, maxMarker)
	if missing(err) {
		return nil, b.checkEmpty(ctx)
	}
	if err != nil {
		return nil, failed(ctx, err, "read the list of the export in %s", b)
	}
	rest, ours := strings.CutPrefix(string(text), siteHead)
	if !ours {
		return nil, &ForeignError{b.String(), siteMarker}
	}
	list := map[string]string{}
	for line := range strings.Lines(rest) {
		if sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok {
			list[name] = sum
		}
	}
	return list, nil
}

func (b *Bucket) checkEmpty(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // the list may be long
	for o := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true, MaxKeys: 1}) {
		if o.Err != nil {
			return failed(ctx, o.Err, "list %s", b)
		}
		if o.Key != b.prefix { // which some tools make for a folder
			return &ForeignError{b.String(), o.Key}
		}
	}
	return ctx.Err()
}

// announce writes, before anything changes, what may be there from now on, and
// returns it. What is gone is unsure as well: if the export ends between its
// deletions, and the page comes back, it must be sent.
func (b *Bucket) announce(ctx context.Context, was map[string]string, want map[string]*object) (map[string]string, error) {
	next := maps.Clone(was)
	if next == nil {
		next = map[string]string{}
	}
	for name, o := range want {
		if next[name] != o.sum {
			next[name] = unsure
		}
	}
	for name := range was {
		if want[name] == nil {
			next[name] = unsure
		}
	}
	return next, b.writeMarker(ctx, was, next)
}

// writeMarker writes the list, unless it is the same.
func (b *Bucket) writeMarker(ctx context.Context, was, next map[string]string) error {
	if was != nil && maps.Equal(was, next) {
		return nil
	}
	var text strings.Builder
	text.WriteString(siteHead)
	for _, name := range slices.Sorted(maps.Keys(next)) {
		text.WriteString(next[name] + " " + name + "\n")
	}
	err := b.put(ctx, siteMarker, strings.NewReader(text.String()), int64(text.Len()), "text/plain; charset=utf-8")
	return failed(ctx, err, "write the list of the export to %s", b)
}
