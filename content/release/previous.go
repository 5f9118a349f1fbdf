//go:build unix

package release

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"

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
	p, ok, err := v.st.previous(key)
	if !ok || err != nil {
		return content.Entry{}, false
	}
	return p.entry(), true
}

// Open reads the body of a published page and verifies it: a source draws
// conclusions from it, such as its links.
func (v previousView) Open(key content.Key) (io.ReadCloser, error) {
	p, ok, err := v.st.previous(key)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("open page %s: the previous release does not have it", key.URL())
	}
	f, err := v.st.base.Open(p.entry())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, p.size+1))
	if err != nil {
		return nil, disk(err, "read page %s of release %s", key.URL(), v.st.base.ID)
	}
	if sha256.Sum256(body) != p.sum {
		return nil, v.st.altered(key)
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}
