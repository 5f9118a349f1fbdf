package bucket

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/minio/minio-go/v7"

	"icecap/content"
	"icecap/content/release"
)

const (
	releasesName = "releases"
	bodiesName   = "bodies"
	manifestName = "manifest.jsonl"
	// binary keeps a store, or what stands before it, from treating bodies as pages.
	binary = "application/octet-stream"
)

// bodyName is the object of a body.
func bodyName(sha string) string { return bodiesName + "/" + sha[:2] + "/" + sha }

func manifestOf(id string) string { return releasesName + "/" + id + "/" + manifestName }

// A Transfer says what a push sent, or what a pull fetched.
type Transfer struct {
	Release string `json:"release"` // its ID
	Pages   int    `json:"pages"`
	Bodies  int64  `json:"bodies"`            // that went over the network
	Bytes   int64  `json:"bytes"`             // of them
	Already bool   `json:"already,omitempty"` // the release was there before
}

// A transfer counts.
type transfer struct {
	bucket        *Bucket
	pages         int
	already       bool // the release was there before
	bodies, bytes atomic.Int64
}

func (t *transfer) add(size int64) {
	t.bodies.Add(1)
	t.bytes.Add(size)
	t.bucket.count(size)
}

func (t *transfer) sum(id string) Transfer {
	return Transfer{id, t.pages, t.bodies.Load(), t.bytes.Load(), t.already}
}

type digest = [sha256.Size]byte

func digestOf(e content.Entry) (d digest) {
	hex.Decode(d[:], []byte(e.SHA256)) // the manifest was checked
	return d
}

// Push sends a release. A *[release.CorruptError] means that it is damaged here;
// nothing of it is listed then.
func (b *Bucket) Push(ctx context.Context, r *release.Release) (Transfer, error) {
	ids, err := b.Releases(ctx)
	if err != nil {
		return Transfer{}, err
	}
	t := transfer{bucket: b, already: slices.Contains(ids, r.ID)}
	known := map[digest]bool{}
	if len(ids) > 0 && !t.already {
		if err := b.bodiesOf(ctx, ids[len(ids)-1], known); err != nil {
			return Transfer{}, err
		}
	}
	err = inParallel(ctx, func(_ context.Context, put func(content.Entry) error) error {
		manifest, err := r.OpenManifest()
		if err != nil {
			return err
		}
		defer manifest.Close()
		return release.ReadManifest(r.ID, manifest, func(e content.Entry) error {
			t.pages++
			d := digestOf(e)
			if known[d] {
				return nil
			}
			known[d] = true
			return put(e)
		})
	}, func(ctx context.Context, e content.Entry) error { return b.sendBody(ctx, r, e, &t) })
	if err != nil {
		return t.sum(r.ID), err
	}
	if !t.already {
		err = b.sendManifest(ctx, r)
	}
	return t.sum(r.ID), err
}

// bodiesOf adds the bodies of a release in the bucket.
func (b *Bucket) bodiesOf(ctx context.Context, id string, known map[digest]bool) error {
	object, err := b.client.GetObject(ctx, b.name, b.prefix+manifestOf(id), minio.GetObjectOptions{})
	if err != nil {
		return failed(ctx, err, "read the manifest of release %s", id)
	}
	defer object.Close()
	from := &reader{object, nil}
	err = release.ReadManifest(id, from, func(e content.Entry) error { known[digestOf(e)] = true; return nil })
	if err != nil && from.err != nil {
		return failed(ctx, from.err, "read the manifest of release %s", id)
	}
	// A manifest that is damaged speaks for nothing.
	if err != nil {
		clear(known)
	}
	return nil
}

// A reader tells the store's errors from those of the text.
type reader struct {
	io.Reader
	err error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// sendBody sends the body of a page, if the bucket lacks it. Of a release that was
// there before, the bytes are compared, too: whoever sends it again has doubts.
func (b *Bucket) sendBody(ctx context.Context, r *release.Release, e content.Entry, t *transfer) error {
	name := bodyName(e.SHA256)
	info, err := b.client.StatObject(ctx, b.name, b.prefix+name, minio.StatObjectOptions{})
	there := err == nil && info.Size == e.Size
	if there && !t.already {
		return nil
	}
	if err != nil && !missing(err) {
		return failed(ctx, err, "look for page %s in %s", e.URL(), b)
	}
	body, err := readBody(r, e)
	if err != nil {
		return err
	}
	// An ETag is the MD5 of the bytes, but for encrypted objects, which are sent again.
	if sum := md5.Sum(body); there && info.ETag == hex.EncodeToString(sum[:]) {
		return nil
	}
	if err := b.put(ctx, name, bytes.NewReader(body), e.Size, binary); err != nil {
		return failed(ctx, err, "send page %s", e.URL())
	}
	t.add(e.Size)
	return nil
}

// readBody reads a page and verifies it: damage must not spread.
func readBody(r *release.Release, e content.Entry) ([]byte, error) {
	f, err := r.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, e.Size+1))
	if err != nil {
		return nil, fmt.Errorf("read page %s of release %s: %w", e.URL(), r.ID, err)
	}
	if sha256.Sum256(body) != digestOf(e) {
		return nil, &release.CorruptError{Release: r.ID, Reason: fmt.Sprintf("the file of page %s was altered since it was published", e.URL())}
	}
	return body, nil
}

func (b *Bucket) sendManifest(ctx context.Context, r *release.Release) error {
	f, err := r.OpenManifest()
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read the manifest of release %s: %w", r.ID, err)
	}
	return failed(ctx, b.put(ctx, manifestOf(r.ID), f, info.Size(), binary), "send the manifest of release %s", r.ID)
}

// A NotFoundError says that the bucket does not have a release.
type NotFoundError struct {
	ID      string // "" for any
	Bucket  string
	Nearest []string // the newest that it has
}

func (e *NotFoundError) Error() string {
	if e.ID == "" {
		return fmt.Sprintf("pull a release: there is none in %s", e.Bucket)
	}
	return fmt.Sprintf("pull release %s: it is not in %s", e.ID, e.Bucket)
}

// Hint says what there is.
func (e *NotFoundError) Hint() string {
	if len(e.Nearest) == 0 {
		return "icecap push sends one there"
	}
	return "the newest there are " + strings.Join(e.Nearest, ", ")
}

// Pull adds a release to those on this disk, the newest in the bucket for the ID
// "". It is not published. The error is a *[NotFoundError] if the bucket does not
// have it, and a *[DamagedError] if what came is not what was sent. What
// arrived until then is not fetched again by the next pull of this release.
func (b *Bucket) Pull(ctx context.Context, s *release.Store, id string) (Transfer, error) {
	id, err := b.find(ctx, id)
	if err != nil {
		return Transfer{}, err
	}
	here, err := s.Releases()
	if err != nil {
		return Transfer{}, err
	}
	if i := slices.IndexFunc(here, func(r *release.Release) bool { return r.ID == id }); i >= 0 {
		return Transfer{Release: id, Already: true}, here[i].Whole(ctx)
	}
	t := transfer{bucket: b}
	c, err := s.Copy(ctx, id, func(w io.Writer) error {
		return failed(ctx, b.stream(ctx, manifestOf(id), w), "fetch the manifest of release %s", id)
	})
	if err != nil {
		return Transfer{}, err
	}
	t.pages = c.Pages()
	if err := b.fetch(ctx, c, id, &t); err != nil {
		c.Suspend()
		return t.sum(id), err
	}
	if _, err := c.Commit(ctx); err != nil {
		return t.sum(id), errors.Join(err, c.Discard())
	}
	return t.sum(id), nil
}

// find resolves the ID of a pull.
func (b *Bucket) find(ctx context.Context, id string) (string, error) {
	ids, err := b.Releases(ctx)
	if err != nil {
		return "", err
	}
	if id == "" && len(ids) > 0 {
		return ids[len(ids)-1], nil
	}
	if !slices.Contains(ids, id) {
		return "", &NotFoundError{id, b.String(), ids[max(len(ids)-3, 0):]}
	}
	return id, nil
}

// fetch writes what a copy misses.
func (b *Bucket) fetch(ctx context.Context, c *release.Copy, id string, t *transfer) error {
	return inParallel(ctx, c.Missing, func(ctx context.Context, e content.Entry) error {
		body, err := b.get(ctx, bodyName(e.SHA256), e.Size+1)
		if missing(err) {
			return &DamagedError{b.String(), id, e.URL(), "is gone"}
		}
		if err != nil {
			return failed(ctx, err, "fetch page %s", e.URL())
		}
		t.add(int64(len(body)))
		err = c.Write(e, body)
		var corrupt *release.CorruptError
		if errors.As(err, &corrupt) {
			return &DamagedError{b.String(), id, e.URL(), "is not what was sent"}
		}
		return err
	})
}

// A DamagedError says that the bucket lost a body, or has other bytes.
type DamagedError struct{ Bucket, Release, URL, How string }

func (e *DamagedError) Error() string {
	return fmt.Sprintf("pull release %s: in %s the body of page %s %s", e.Release, e.Bucket, e.URL, e.How)
}

// Hint names the command that mends it.
func (e *DamagedError) Hint() string {
	return "icecap push " + e.Release + ", on a host that has the release, sends what is damaged again"
}
