package render

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"icecap/content"
	"icecap/render/picture"
	"icecap/render/theme"
)

// An output is one page of the site that can be made by itself.
type output struct {
	key    content.Key
	media  string
	origin string // file of the folder, or "" for a list
	// version is a digest of all that goes into the page.
	version func() (string, error)
	post    *post // of which this is the page, or nil
	// write makes the body.
	write func(*bytes.Buffer) error
	// uses is not 0 for what only a site with such a feature publishes.
	uses features
	lang int // of the edition that it is part of
	// translation is what the page is called in any language, or "".
	translation string
}

const htmlType = "text/html"

// layOut lists all outputs. What the folder holds comes first: a list of ours
// does not take a URL from it.
func (b *Blog) layOut() {
	for _, p := range b.all {
		b.add(&output{key: content.Key{Path: p.url}, lang: p.lang, translation: p.translation, media: cmp.Or(p.media, htmlType), origin: p.file,
			version: func() (string, error) { return b.postVersion(p) },
			write:   func(w *bytes.Buffer) error { return b.writePost(w, p) }, post: p})
	}
	for _, file := range b.snapshot.scan.files {
		b.addFile(file)
	}
	for _, file := range b.snapshot.scan.static {
		b.addFile(file)
	}
	b.layAssets()
	for _, e := range b.editions {
		e.layLists()
		e.layTerms()
		e.layArchives()
		e.laySearch()
		e.layFeeds()
		e.layMissing()
	}
	b.sortTranslations()
	b.layRobots()
	b.laySitemap()
	for decoded := range b.byKey {
		b.known[decoded] = true
	}
}

// add takes an output unless its URL is taken.
func (b *Blog) add(o *output) bool {
	decoded := o.key.Path.Decoded()
	if b.byKey[decoded] != nil {
		return false
	}
	b.byKey[decoded] = o
	b.outputs = append(b.outputs, o)
	return true
}

// addOurs adds an output of ours, at a path below the prefix, unless the path is taken.
func (b *Blog) addOurs(o *output, relative string) bool {
	u, err := content.ParsePath(b.settings.Prefix + relative)
	if err == nil {
		_, err = u.File("", o.media)
	}
	if err != nil {
		b.problems = append(b.problems, Problem{File: b.root, What: err.Error()})
		return false
	}
	o.key = content.Key{Path: u}
	return b.add(o)
}

// imageKind is how the version of an image begins that is published without what is
// nobody's business.
const imageKind = "image 1 "

// addFile adds a file that is published as it is, but for what images say of where
// and when they were taken.
func (b *Blog) addFile(file string) {
	u, ok := b.fileURLs[file]
	if !ok {
		return
	}
	media, _ := u.Promises()
	kind := "file "
	if isImage(u) && !b.settings.Originals {
		kind = imageKind
	}
	b.add(&output{key: content.Key{Path: u}, media: media.Type, origin: file,
		version: func() (string, error) { return kind + b.snapshot.stamps[file], nil },
		write: func(w *bytes.Buffer) error {
			data, err := fs.ReadFile(b.fsys, file)
			if err != nil {
				return fmt.Errorf("read %s: %w", file, err)
			}
			if kind == imageKind {
				data = picture.Strip(data)
			}
			_, err = w.Write(data)
			return err
		}})
}

// layAssets adds the files of the theme.
func (b *Blog) layAssets() {
	b.assets.start = len(b.outputs)
	for _, asset := range b.theme.Assets() {
		b.addAsset(0, asset)
	}
	for uses, feature := range scripted {
		for _, asset := range b.theme.Library(feature) {
			b.addAsset(uses, asset)
		}
	}
	b.assets.end = len(b.outputs)
}

func (b *Blog) addAsset(uses features, asset theme.Asset) {
	b.addOurs(&output{media: asset.Type, uses: uses, version: b.main().fixed(asset.Name), write: func(w *bytes.Buffer) error {
		_, err := asset.WriteTo(w)
		return err
	}}, theme.AssetsFolder+asset.Name)
}

// A versioner collects what goes into a page, until its sum ends it.
type versioner struct{ *bytes.Buffer }

// emptyVersion is that of what depends on nothing that all pages share.
func emptyVersion() versioner {
	v := versioner{buffers.Get().(*bytes.Buffer)}
	v.Reset()
	return v
}

// sum is the digest of what was collected.
func (v versioner) sum() [sha256.Size]byte {
	defer buffers.Put(v.Buffer)
	return sha256.Sum256(v.Bytes())
}

// version is the sum as a page has it.
func (v versioner) version() string {
	sum := v.sum()
	return hex.EncodeToString(sum[:12])
}

// link adds what a link to a post shows, or that there is none.
func (v versioner) link(p *post) {
	if p == nil {
		v.number(0)
		return
	}
	v.text(p.url.Decoded())
	v.text(p.title)
	v.number(uint64(p.date.Unix()))
}

func (v versioner) links(posts []*post) {
	v.number(uint64(len(posts)))
	for _, p := range posts {
		v.link(p)
	}
}

func (v versioner) flag(set bool) {
	if set {
		v.WriteByte(1)
		return
	}
	v.WriteByte(0)
}

// text adds a text and its length.
func (v versioner) text(s string) {
	v.number(uint64(len(s)))
	v.WriteString(s)
}

func (v versioner) number(n uint64) {
	v.Write(binary.LittleEndian.AppendUint64(v.AvailableBuffer(), n))
}

// Keys lists all pages of the site, posts first. What only formulas or diagrams need is
// among them once a text that has some was read.
func (b *Blog) Keys() []content.Key {
	outputs := b.wanted(b.outputs)
	keys := make([]content.Key, len(outputs))
	for i, o := range outputs {
		keys[i] = o.key
	}
	return keys
}

// wanted are the outputs without those of features that no text has.
func (b *Blog) wanted(outputs []*output) []*output {
	used := b.used()
	return slices.DeleteFunc(slices.Clone(outputs), func(o *output) bool { return o.uses != 0 && o.uses&used == 0 })
}

// Files lists the files that are published, each as a page or a part of one.
func (b *Blog) Files() []string {
	return slices.Concat(slices.Collect(maps.Keys(b.byFile)), slices.Collect(maps.Keys(b.fileURLs)))
}

// Made is the number of pages that Run has made; all others were kept.
func (b *Blog) Made() int { return int(b.made.Load()) }

// Learned is the number of texts that were not in the cache.
func (b *Blog) Learned() int { return int(b.learned.Load()) }

// Tried is the number of pictures that were decoded to see whether they can be.
func (b *Blog) Tried() int { return int(b.tried.Load()) }

// Texts is the number of Markdown files that are published.
func (b *Blog) Texts() int { return len(b.byFile) }

// Redirects is the number of redirects.
func (b *Blog) Redirects() int { return len(b.redirects) }

// Page makes one page. It gives the bytes that Run would, and needs none of the
// others to be made; nor does it look where links lead, see [Blog.Check]. Without
// such a page, ok is false.
func (b *Blog) Page(key content.Key) (page content.Page, ok bool, err error) {
	o := b.byKey[key.Path.Decoded()]
	if o == nil || key.Variant != "" {
		return content.Page{}, false, nil
	}
	var body bytes.Buffer
	page, err = b.make(o, &body)
	return page, true, err
}

// make makes a page in a buffer, which the page then refers to.
func (b *Blog) make(o *output, body *bytes.Buffer) (content.Page, error) {
	if err := o.write(body); err != nil {
		return content.Page{}, err
	}
	version, err := o.version()
	if err != nil {
		return content.Page{}, err
	}
	return content.Page{Key: o.key, MediaType: o.media, Body: body.Bytes(), Version: version, Origin: o.origin}, nil
}

// Run makes the site: what changed is made, the rest is kept. The error is
// [Problems] where the content is at fault.
func (b *Blog) Run(ctx context.Context, previous content.Previous, sink content.Sink) error {
	// Posts first: lists want their titles and summaries, and links their headings.
	posts := b.outputs[:len(b.all)]
	b.snapshot.sumAll()
	clear(b.snapshot.sources)
	b.making = ctx
	if b.settings.Backlinks {
		if err := b.learn(ctx); err != nil {
			return err
		}
	}
	if err := b.yield(ctx, posts, previous, sink); err != nil {
		return err
	}
	if err := b.checkLinks(ctx, context.Context.Err); err != nil {
		return err
	}
	if err := b.failed(); err != nil {
		return err
	}
	if err := b.yield(ctx, b.wanted(b.outputs[len(b.all):]), previous, sink); err != nil {
		return err
	}
	if err := b.yieldForms(ctx, previous, sink); err != nil {
		return err
	}
	if err := b.failed(); err != nil {
		return err
	}
	for _, r := range b.redirects {
		if err := sink.Redirect(r); err != nil {
			return err
		}
	}
	return nil
}

// yield gives pages to the sink.
func (b *Blog) yield(ctx context.Context, outputs []*output, previous content.Previous, sink content.Sink) error {
	return b.folder.parallel(ctx, len(outputs), func(i int) error {
		o := outputs[i]
		if o.post != nil {
			defer b.drop(o.post)
		}
		if kept, err := b.keep(o, previous, sink); kept || err != nil {
			return err
		}
		body := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(body)
		body.Reset()
		page, err := b.make(o, body)
		if err != nil {
			return b.note(err)
		}
		b.made.Add(1)
		return sink.Page(page)
	})
}

// keep tells the sink that a page is as it was.
func (b *Blog) keep(o *output, previous content.Previous, sink content.Sink) (bool, error) {
	entry, ok := previous.Entry(o.key)
	if !ok || entry.Version == "" || entry.Origin != o.origin {
		return false, nil
	}
	version, err := o.version()
	if err != nil {
		return false, b.note(err)
	}
	if version != entry.Version {
		return false, nil
	}
	// A damaged copy is made anew.
	return sink.Keep(o.key, nil) == nil, nil
}

// note collects mistakes in the content, so that one run shows them all, and
// passes on every other error.
func (b *Blog) note(err error) error {
	found, ok := err.(Problems)
	if !ok {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, found...)
	return nil
}

// version of the sitemap: see [Snapshot.Unchanged].
func (b *Blog) siteVersion() (string, error) {
	if b.next.At.IsZero() {
		return b.snapshot.sumAll(), nil
	}
	return b.snapshot.sumAll() + " " + b.next.At.UTC().Format(time.RFC3339), nil
}
