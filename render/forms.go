package render

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"icecap/content"
	"icecap/render/picture"
)

// A FormStore keeps smaller forms of pictures from one run to the next, by names of
// letters, digits and "-". What it loses is made anew. It is used by many at a time.
type FormStore interface {
	Has(name string) bool
	Load(name string) ([]byte, bool)
	Save(name string, data []byte) error
}

// imageSizes says how wide pictures are shown: as the text is. With "auto", which leaves
// it to the browser, Chromium takes forms for the whole window.
func (b *Blog) imageSizes() string {
	measure := b.theme.Measure()
	return "(max-width: " + measure + ") 100vw, " + measure
}

// formAttributes are those of pictures, which feeds leave out: their readers want
// the original.
var formAttributes = regexp.MustCompile(` srcset="[^"]*" sizes="(?:\d+px|\(max-width: [\d.a-z]+\) 100vw, [\d.a-z]+)"`)

// A Form is a smaller form of a picture of the folder. It has a page of its own.
type Form struct {
	blog  *Blog
	file  string
	photo *photo
	width int
	key   content.Key
}

// formVersion is how the version of a form begins.
const formVersion = "form "

// webpType is that of all forms.
const webpType = "image/webp"

// formsOf lists the smaller forms of a picture; none if one could have no URL.
func (b *Blog) formsOf(file string, p *photo) (forms []*Form) {
	if b.settings.Originals {
		return nil
	}
	address := b.fileURLs[file].String()
	stem, mark := strings.TrimSuffix(address, path.Ext(address)), p.mark()
	for _, width := range p.widths {
		u, err := content.ParsePath(fmt.Sprintf("%s-%dw.%s.webp", stem, width, mark))
		if err == nil {
			_, err = u.File("", webpType)
		}
		if err != nil {
			return nil
		}
		forms = append(forms, &Form{b, file, p, width, content.Key{Path: u}})
	}
	return forms
}

// srcset lists the forms of a picture for a browser to choose from.
func (b *Blog) srcset(file string, p *photo) string {
	forms := b.formsOf(file, p)
	if len(forms) == 0 {
		return ""
	}
	var list []string
	for _, f := range forms {
		list = append(list, fmt.Sprintf("%s %dw", f.key.Path, f.width))
	}
	if !p.whole {
		list = append(list, fmt.Sprintf("%s %dw", b.fileURLs[file], p.width))
	}
	return strings.Join(list, ", ")
}

func (f *Form) version() string { return formVersion + f.photo.name(f.width) }

// layForms adds the forms of all pictures that texts show. It comes last, for only
// when all texts are known are their pictures.
func (b *Blog) layForms() (groups [][]*Form) {
	groups = b.shownForms()
	for _, forms := range groups {
		for _, f := range forms {
			b.add(f.output())
		}
	}
	return groups
}

// shownForms are the forms of all pictures that texts show, by picture.
func (b *Blog) shownForms() (groups [][]*Form) {
	shown := map[string]bool{}
	for _, p := range slices.Concat(b.all, slices.Collect(maps.Values(b.intros))) {
		facts, err := b.factsOf(p)
		if err != nil {
			continue // reported already
		}
		for _, image := range facts.Images {
			shown[image.Dest] = true
		}
	}
	for _, file := range slices.Sorted(maps.Keys(shown)) {
		if forms := b.formsOf(file, b.photo(file)); len(forms) > 0 {
			groups = append(groups, forms)
		}
	}
	return groups
}

// output is a form as one of the site's pages.
func (f *Form) output() *output {
	return &output{key: f.key, media: webpType, origin: f.file, version: func() (string, error) { return f.version(), nil }}
}

// yieldForms gives the forms to the sink, all those of one picture together, so that
// it is decoded once.
func (b *Blog) yieldForms(ctx context.Context, previous content.Previous, sink content.Sink) error {
	groups := b.layForms()
	err := b.folder.parallel(ctx, len(groups), func(i int) error {
		var missing []*Form
		for _, f := range groups[i] {
			kept, err := b.keep(f.output(), previous, sink)
			if err != nil {
				return err
			}
			if !kept {
				missing = append(missing, f)
			}
		}
		err := b.makeForms(ctx, missing, func(f *Form, data []byte) error {
			b.made.Add(1)
			return sink.Page(f.page(data))
		})
		var wrong *formError
		if errors.As(err, &wrong) && ctx.Err() == nil {
			return b.note(Problems{{File: wrong.file, What: wrong.Error(), Hint: "run it again"}})
		}
		return err
	})
	if err != nil {
		return err
	}
	return b.skipForms(sink)
}

// skipForms keeps a release from carrying forms on that no page shows any more, as it
// does with what is fingerprinted: who takes a picture away means its forms, too.
func (b *Blog) skipForms(sink content.Sink) error {
	for _, e := range b.before.Entries {
		if !strings.HasPrefix(e.Version, formVersion) || b.byKey[e.Path.Decoded()] != nil {
			continue
		}
		if err := sink.Skip(content.Skip{URL: e.Key.URL(), Reason: "gone", Detail: "no page shows this form of " + e.Origin + " any more"}); err != nil {
			return err
		}
	}
	return nil
}

// makeForms makes forms of one picture, or has them from the store.
func (b *Blog) makeForms(ctx context.Context, forms []*Form, done func(*Form, []byte) error) error {
	var opened *picture.Picture
	for _, f := range forms {
		data, ok := f.load()
		if !ok && opened == nil {
			var stay *stay
			var err error
			if opened, stay, err = b.open(ctx, f.file, f.photo); err != nil {
				return &formError{f.file, err}
			}
			defer stay.end()
			data, ok = f.load() // it may have been made while this waited for room
		}
		if !ok {
			err := ctx.Err()
			if err == nil {
				data, err = opened.WebP(f.width)
			}
			if err != nil {
				return &formError{f.file, err}
			}
			f.save(data)
		}
		if err := done(f, data); err != nil {
			return err
		}
	}
	return nil
}

// A formError is a picture of which no forms can be made.
type formError struct {
	file string
	err  error
}

func (e *formError) Error() string { return fmt.Sprintf("make smaller forms of %s: %v", e.file, e.err) }
func (e *formError) Unwrap() error { return e.err }

// load is a form of the store. A damaged one does not count.
func (f *Form) load() ([]byte, bool) {
	store := f.blog.folder.Forms
	if store == nil {
		return nil, false
	}
	data, ok := store.Load(f.photo.name(f.width))
	if !ok || len(data) >= f.photo.bytes {
		return nil, false
	}
	facts := picture.Inspect(data)
	return data, facts.Format == picture.WebP && facts.Damage == ""
}

func (f *Form) save(data []byte) {
	b := f.blog
	if b.folder.Forms == nil {
		return
	}
	if err := b.folder.Forms.Save(f.photo.name(f.width), data); err != nil {
		b.mu.Lock()
		b.warnings = append(b.warnings, Problem{File: f.file, What: fmt.Sprintf("its smaller forms will be made again: %v", err)})
		b.mu.Unlock()
	}
}

func (f *Form) page(data []byte) content.Page {
	return content.Page{Key: f.key, MediaType: webpType, Body: data, Version: f.version(), Origin: f.file}
}

// formPattern is the end of a form's path.
var formPattern = regexp.MustCompile(`-(\d{1,5})w\.(h[0-9a-f]{10}[0-9])\.webp$`)

// Form is the form of a picture that a build would publish at a path, or nil. It is
// not made yet: that takes a while.
func (b *Blog) Form(path content.Path) *Form {
	decoded := path.Decoded()
	m := formPattern.FindStringSubmatchIndex(decoded)
	if m == nil {
		return nil
	}
	width, _ := strconv.Atoi(decoded[m[2]:m[3]])
	for file, u := range b.fileURLs {
		if !strings.HasPrefix(u.Decoded(), decoded[:m[0]]+".") || !isImage(u) {
			continue
		}
		for _, f := range b.formsOf(file, b.photo(file)) {
			if f.width == width && f.key.Path.Decoded() == decoded && b.shows(file) {
				return f
			}
		}
	}
	return nil
}

// shows reports whether a text shows a picture. It asks first the texts that are
// known, for a browser asks for forms on a page that was just made.
func (b *Blog) shows(file string) bool {
	texts := slices.Concat(b.all, slices.Collect(maps.Values(b.intros)))
	has := func(facts *facts) bool {
		return facts != nil && slices.ContainsFunc(facts.Images, func(image link) bool { return image.Dest == file })
	}
	if slices.ContainsFunc(texts, func(p *post) bool { return has(p.facts.Load()) }) {
		return true
	}
	return slices.ContainsFunc(texts, func(p *post) bool {
		if p.facts.Load() != nil {
			return false
		}
		facts, err := b.factsOf(p)
		return err == nil && has(facts)
	})
}

// Make makes the form. It may be called while the blog is updated. Where the picture
// turns out to be damaged, the blog names no forms of it any more.
func (f *Form) Make(ctx context.Context) (page content.Page, err error) {
	err = f.blog.makeForms(ctx, []*Form{f}, func(_ *Form, data []byte) error {
		page = f.page(data)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		f.blog.damaged(f.file, err)
	}
	return page, err
}

// Forms lists the names, in a [FormStore], of the forms of this site. It is complete
// once Run has returned.
func (b *Blog) Forms() (names []string) {
	for _, o := range b.outputs {
		if o.media != webpType {
			continue
		}
		if version, _ := o.version(); strings.HasPrefix(version, formVersion) {
			names = append(names, strings.TrimPrefix(version, formVersion))
		}
	}
	return names
}
