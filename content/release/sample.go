//go:build unix

package release

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"io"
	"sort"

	"icecap/content"
)

// Sample is Site with up to n of the pages, always the same, at even distances in
// the manifest, and without redirects and skips. The whole manifest is verified,
// but only these lines are taken apart: a site may have a million pages.
func (r *Release) Sample(n int) (content.Site, error) {
	f, err := r.OpenManifest()
	if err != nil {
		return content.Site{}, err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return content.Site{}, disk(err, "read the manifest of release %s", r.ID)
	}
	if err := r.named(sum.Sum(nil)); err != nil {
		return content.Site{}, err
	}
	h, err := r.header()
	if err != nil {
		return content.Site{}, &CorruptError{r.ID, err.Error()}
	}
	site := content.Site{ID: r.ID, Created: h.Created, Complete: true}
	isPage := func(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"page":`)) }
	// Behind the header come the pages, and no page comes behind any other line.
	end := sort.Search(int(size), func(at int) bool {
		line, err := lineBehind(f, int64(at), size)
		return err == nil && !isPage(line)
	})
	s := scanner{names: newNames()}
	var l lineRead
	for i := range n {
		line, err := lineBehind(f, int64(i)*int64(end)/int64(n), size)
		if err != nil {
			return content.Site{}, disk(err, "read the manifest of release %s", r.ID)
		}
		p, _, fast := parsePage(line, s.names)
		if !fast && isPage(line) {
			if err := s.readJSON(line, &l); err != nil {
				return content.Site{}, &CorruptError{r.ID, err.Error()}
			}
			p = l.page
		}
		if last := len(site.Entries) - 1; isPage(line) && (last < 0 || site.Entries[last].Key != p.key) {
			site.Entries = append(site.Entries, p.entry())
		}
	}
	return site, nil
}

// lineBehind reads the first line that begins behind a byte, nil at the end.
func lineBehind(f io.ReaderAt, at, size int64) ([]byte, error) {
	r := bufio.NewReader(io.NewSectionReader(f, at, size-at))
	_, err := r.ReadSlice('\n')
	for err == bufio.ErrBufferFull {
		_, err = r.ReadSlice('\n')
	}
	var line []byte
	if err == nil {
		line, err = r.ReadBytes('\n')
	}
	if err == io.EOF {
		return nil, nil
	}
	return line, err
}
