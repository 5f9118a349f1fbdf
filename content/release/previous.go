//go:build unix

package release

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"icecap/content"
)

// previous returns the published page of a key.
func (st *Stage) previous(key content.Key) (*page, bool, error) { return st.old.find(key) }

// Previous is the release that the stage starts from, with all its scopes.
func (st *Stage) Previous() content.Previous { return previousView{st} }

type previousView struct{ st *Stage }

// Entry returns the published page of a key. Where the manifest cannot be read
// any more it has none: the source then yields the page anew, and fails there.
func (v previousView) Entry(key content.Key) (content.Entry, bool) {
	if p := v.st.remaining(key); p != nil {
		return p.entry(), true
	}
	p, ok, err := v.st.previous(key)
	if !ok || err != nil {
		return content.Entry{}, false
	}
	return p.entry(), true
}

// Done reports whether an interrupted run left the page.
func (v previousView) Done(key content.Key) bool { return v.st.remaining(key) != nil }

// Open reads the body of a published page and verifies it: a source draws
// conclusions from it, such as its links.
func (v previousView) Open(key content.Key) (io.ReadCloser, error) {
	p, f, err := v.open(key)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body := make([]byte, p.size)
	if _, err := io.ReadFull(f, body); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, disk(err, "read page %s", key.URL())
	}
	if sha256.Sum256(body) != p.sum { // a longer file is found when it is kept
		return nil, v.altered(key)
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

// open opens the file of a page, unverified.
func (v previousView) open(key content.Key) (*page, *os.File, error) {
	p, from := v.st.remaining(key), v.st.into
	if p == nil {
		old, ok, err := v.st.previous(key)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			return nil, nil, fmt.Errorf("open page %s: the previous release does not have it", key.URL())
		}
		p, from = old, v.st.from
	} else if p.kept {
		from = v.st.from
	}
	f, err := from.openFile(p.file())
	switch {
	case errors.Is(err, fs.ErrNotExist), err == unix.ELOOP, err == unix.ENOTDIR:
		return nil, nil, v.altered(key)
	case err != nil:
		return nil, nil, disk(err, "open page %s", key.URL())
	}
	return p, f, nil
}

// altered is the error for a page whose file is not as it was written.
func (v previousView) altered(key content.Key) error {
	if v.Done(key) {
		return fmt.Errorf("open page %s of the interrupted run: its file %w", key.URL(), errAltered)
	}
	return v.st.altered(key)
}
