//go:build unix

package release

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/molecule-man/go-brrr"

	"icecap/content"
)

const (
	// minPacked is the smallest body that is compressed. Below it the head of the
	// answer is longer than what would be saved.
	minPacked = 1 << 10
	// A compressed file must be smaller than this many percent of the page, or
	// there is none: it costs a file, and the visitor's time.
	gainPercent = 90
)

// The suffixes of the files beside a page, as NGINX knows them.
const (
	gzipSuffix   = ".gz"
	brotliSuffix = ".br"
)

// A packed is what lies beside a page; nil where there is no such file.
type packed struct{ gzip, brotli []byte }

// A packer compresses in one quality. Its writers are used again, because each
// needs a megabyte or more.
type packer struct {
	gzip, brotli int
	gzips        sync.Pool
	brotlis      sync.Pool
}

// Quality goes by heat: a style sheet or a script is asked for with each page of
// the site, a page by itself. Pages that are known to be hot get the best there is,
// a tenth fewer bytes at thirty to fifty times the price (1 MB/s). So do files
// whose name changes with their bytes, for they are compressed once in their life.
var (
	pagePacker  = &packer{gzip: 6, brotli: 5}
	assetPacker = &packer{gzip: 9, brotli: 9}
	bestPacker  = &packer{gzip: 9, brotli: 11}
)

func packerFor(p *page, media content.Media) *packer {
	switch {
	case p.hot, !media.Anywhere && p.key.Variant == "" && content.Fingerprinted(p.key.Path.Decoded()):
		return bestPacker
	case media.Anywhere:
		return pagePacker
	}
	return assetPacker
}

// pack compresses the body of a page, if that is worth it. The same body of a page of
// the same key and heat always gives the same bytes, so that the entity tags of a
// release are the same on every host.
func pack(page *page, media content.Media, body []byte) (packed, error) {
	if media.Packed || len(body) < minPacked {
		return packed{}, nil
	}
	p := packerFor(page, media)
	var out packed
	var err error
	if out.gzip, err = p.gzipped(body); err != nil {
		return packed{}, fmt.Errorf("compress page %s: %w", page.key.URL(), err)
	}
	if len(out.gzip)*100 >= len(body)*gainPercent {
		return packed{}, nil // what gzip cannot compress, brotli cannot either
	}
	if out.brotli, err = p.brotlied(body); err != nil {
		return packed{}, fmt.Errorf("compress page %s: %w", page.key.URL(), err)
	}
	if len(out.brotli) >= len(out.gzip) {
		out.brotli = nil
	}
	return out, nil
}

func (p *packer) gzipped(body []byte) ([]byte, error) {
	out := bytes.NewBuffer(make([]byte, 0, len(body)/3))
	w, _ := p.gzips.Get().(*gzip.Writer)
	if w == nil {
		var err error
		if w, err = gzip.NewWriterLevel(out, p.gzip); err != nil {
			return nil, err
		}
	} else {
		w.Reset(out)
	}
	defer p.gzips.Put(w)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

func (p *packer) brotlied(body []byte) ([]byte, error) {
	out := bytes.NewBuffer(make([]byte, 0, len(body)/3))
	w, _ := p.brotlis.Get().(*brrr.Writer)
	if w == nil {
		var err error
		if w, err = brrr.NewWriter(out, p.brotli); err != nil {
			return nil, err
		}
	} else {
		w.Reset(out)
	}
	defer p.brotlis.Put(w)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

// extra is how many files lie beside the page's own.
func (p *page) extra() (n int) {
	if p.gzip > 0 {
		n++
	}
	if p.brotli > 0 {
		n++
	}
	return n
}

// each names the page's file and those beside it, with their sizes.
func (p *page) each(file string, do func(name string, size int64) error) error {
	err := do(file, p.size)
	if err == nil && p.gzip > 0 {
		err = do(file+gzipSuffix, p.gzip)
	}
	if err == nil && p.brotli > 0 {
		err = do(file+brotliSuffix, p.brotli)
	}
	return err
}

// held returns errAltered unless all files of the page are as the manifest has them.
func (p *page) held(t *tree, file string) error {
	dir, name := split(file)
	f, err := t.near(dir)
	if err != nil {
		return errAltered
	}
	defer t.release(f.folder)
	return p.each(f.before+name, func(name string, size int64) error { return holds(f.fd, name, size, p.modified) })
}

// writePage writes all files of a page. What is beside it must be of the sizes
// that the page says.
func (t *tree) writePage(p *page, file string, body []byte, beside packed) error {
	if err := t.write(file, body, p.modified); err != nil {
		return err
	}
	if beside.gzip != nil {
		if err := t.write(file+gzipSuffix, beside.gzip, p.modified); err != nil {
			return err
		}
	}
	if beside.brotli != nil {
		return t.write(file+brotliSuffix, beside.brotli, p.modified)
	}
	return nil
}

// unlinkPage removes all files of a page that are there.
func (t *tree) unlinkPage(p *page, file string) error {
	return p.each(file, func(name string, _ int64) error { return t.unlink(name) })
}
