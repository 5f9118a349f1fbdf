//go:build unix

package release

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"icecap/content"
)

// A Release is one published state of the site. It never changes on disk.
type Release struct {
	ID  string // "000007-3f9a1c2b": ascending number, hash of the manifest
	Dir string // absolute path of its folder
}

// Site reads the manifest and verifies it against the ID. The error is a
// *[CorruptError] if the manifest is missing or not the one that was published.
// The bodies are not read; compare them with [content.Entry.SHA256].
func (r *Release) Site() (content.Site, error) {
	m, err := r.manifest()
	if err != nil {
		return content.Site{}, err
	}
	return m.site(r.ID), nil
}

// An Extent is how much a release holds.
type Extent struct {
	Created time.Time
	Pages   int
	Bytes   int64 // of the pages
}

// Extent reads and verifies the manifest, without keeping it. The errors are those
// of [Release.Site].
func (r *Release) Extent() (Extent, error) {
	l, err := r.openLedger()
	if err != nil {
		return Extent{}, err
	}
	defer l.close()
	return Extent{l.Created, l.Pages, l.bytes}, nil
}

// Whole looks at every file: it must be there, with the size and the time of the
// manifest. Bodies are not read. The error is a *[CorruptError] if one is not.
func (r *Release) Whole(ctx context.Context) error {
	l, err := r.openLedger()
	if err != nil {
		return err
	}
	defer l.close()
	files, err := r.openPages()
	if err != nil {
		return &CorruptError{r.ID, "it has no folder of pages"}
	}
	defer files.close()
	c := newChecker(files, 0)
	err = l.eachPage(func(line *lineRead) error {
		c.file(&line.page, line.file, nil)
		return ctx.Err()
	})
	altered := c.end()
	switch {
	case err != nil:
		return fmt.Errorf("look through release %s: %w", r.ID, err)
	case altered != nil:
		return &CorruptError{r.ID, fmt.Sprintf("the file of page %s %v", altered.key.URL(), errAltered)}
	}
	return nil
}

func (r *Release) manifest() (*manifest, error) {
	f, err := r.OpenManifest()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, sum, err := readManifest(f)
	if err != nil {
		return nil, &CorruptError{r.ID, err.Error()}
	}
	return m, r.named(sum)
}

// ReadManifest reads the pages of a manifest from wherever it comes, in their order,
// and verifies it against the ID: only when it returns nil are they those of the
// release. An error of take ends it. The error is a *[CorruptError] if the manifest
// is another one.
func ReadManifest(id string, from io.Reader, take func(content.Entry) error) error {
	var taken error
	var h header
	sum, err := scanManifest(from, &h, func(l *lineRead) error {
		if l.redirect == nil && l.skip == nil {
			taken = take(l.page.entry())
		}
		return taken
	})
	switch {
	case taken != nil:
		return taken
	case err != nil:
		return &CorruptError{id, err.Error()}
	}
	return (&Release{ID: id}).named(sum)
}

// OpenManifest opens the manifest, unverified; see [ReadManifest].
func (r *Release) OpenManifest() (*os.File, error) {
	f, err := os.Open(filepath.Join(r.Dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &CorruptError{r.ID, "it has no manifest"}
	}
	return f, disk(err, "open the manifest of release %s", r.ID)
}

// header reads the first line of the manifest, unverified.
func (r *Release) header() (header, error) {
	f, err := r.OpenManifest()
	if err != nil {
		return header{}, err
	}
	defer f.Close()
	text, err := bufio.NewReader(f).ReadSlice('\n')
	if err != nil {
		return header{}, err
	}
	return parseHeader(text)
}

// Open opens the body of a page. No symbolic link is followed but those of
// folders that releases share.
func (r *Release) Open(e content.Entry) (*os.File, error) {
	name, err := fileOf(e.Key, e.MediaType, e.Fallback)
	if err != nil {
		return nil, err
	}
	f, err := r.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &CorruptError{r.ID, fmt.Sprintf("the file of page %s is missing", e.URL())}
	case err == unix.ELOOP || err == unix.ENOTDIR:
		return nil, &CorruptError{r.ID, fmt.Sprintf("a symbolic link that icecap did not make leads to the file of page %s", e.URL())}
	}
	return f, disk(err, "open page %s of release %s", e.URL(), r.ID)
}

func (r *Release) open(file string) (*os.File, error) {
	t, err := r.openPages()
	if err != nil {
		return nil, err
	}
	defer t.close()
	return t.openFile(file)
}

// checkRedirect keeps redirects to what the gate and an exported page can hold.
func checkRedirect(r content.Redirect) error {
	if r.From.IsZero() {
		return errors.New("record redirect: it has no path")
	}
	refuse := func(reason string) error { return fmt.Errorf("record redirect from %s: %s", r.From, reason) }
	switch r.Code {
	case 301, 302, 307, 308:
	case 404, 410:
		if r.To != "" {
			return refuse("it is gone, and yet leads somewhere")
		}
		return nil
	default:
		return refuse(fmt.Sprintf("its code is %d", r.Code))
	}
	for i := range len(r.To) {
		if c := r.To[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\`", c) >= 0 {
			return refuse(fmt.Sprintf("its target %q is not percent-encoded", r.To))
		}
	}
	u, err := url.Parse(r.To)
	switch {
	case err != nil:
		return refuse(err.Error())
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(r.To, "/") && !strings.HasPrefix(r.To, "//"):
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil:
	default:
		return refuse(fmt.Sprintf("its target %q is neither a path nor an http address", r.To))
	}
	return nil
}

// Pages goes through all pages in their order, of which there may be too many for
// [Release.Site]. What take was given before an error must not be used: only at
// the end the manifest is known to be the one that was published.
func (r *Release) Pages(take func(content.Entry)) error {
	f, err := r.OpenManifest()
	if err != nil {
		return err
	}
	defer f.Close()
	return ReadManifest(r.ID, f, func(e content.Entry) error { take(e); return nil })
}
