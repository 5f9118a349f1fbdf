package render

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"

	"icecap/content"
	"icecap/render/picture"
	"icecap/render/theme"
)

// A photo is what is known of an image file of the folder.
type photo struct {
	stamp         string // of the file when it was looked at
	width, height int    // as it is shown; 0 if not known
	bytes, weight int    // as it is published; what it takes to decode it, in pixels
	damage        string // why there are no smaller forms, if that is a pity
	widths        []int  // of the smaller forms
	whole         bool   // the widest of them is as good as the file
	sum           [sha256.Size]byte
	tried         bool // it was decoded, or need not be
}

// A shot is a photo that is being looked at.
type shot struct {
	mu    sync.Mutex
	photo *photo
}

// maxPicture bounds an image file that is looked into.
const maxPicture = 128 << 20

// photo looks at an image file, once. A build also makes its forms, because no head
// tells whether that goes well: a page must not name forms that cannot be made. A
// preview does not wait for that; see [Form.Make].
func (b *Blog) photo(file string) *photo {
	known, ok := b.photos.Load(file)
	if !ok {
		known, _ = b.photos.LoadOrStore(file, &shot{})
	}
	s := known.(*shot)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.photo == nil {
		s.photo = b.folder.Cache.photo(file, b.snapshot.stamps[file])
	}
	if s.photo == nil {
		s.photo = b.look(file)
	}
	if b.making != nil && !s.photo.tried && !b.settings.Originals {
		s.photo = b.try(b.making, file, s.photo)
	}
	return s.photo
}

// photograph looks at all pictures of a text at the same time, if it has several: to
// make their forms one after the other, as they are met, would keep one processor busy.
func (c *conversion) photograph(document ast.Node) {
	if c.blog.making == nil || bytes.Count(c.source, []byte("![")) < 2 {
		return
	}
	var addresses []string
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if image, ok := node.(*ast.Image); ok && entering {
			addresses = append(addresses, string(image.Destination))
		}
		return ast.WalkContinue, nil
	})
	c.lookAt(addresses)
}

// photographFigures does so with those of shortcodes, which come before Markdown.
func (c *conversion) photographFigures(tags []shortTag) {
	var addresses []string
	for _, tag := range tags {
		if src := figureSource(theme.Shortcode{Name: tag.name, Args: tag.args, Named: tag.named}); src != "" {
			addresses = append(addresses, src)
		}
	}
	c.lookAt(addresses)
}

// figureSource is the address of the picture that a shortcode shows, or "".
func figureSource(shortcode theme.Shortcode) string {
	if shortcode.Name != "figure" {
		return ""
	}
	return shortcode.Get("src", 0)
}

// lookAt looks at several pictures at the same time, and makes their forms.
func (c *conversion) lookAt(addresses []string) {
	if c.blog.making == nil || len(addresses) < 2 {
		return
	}
	var files []string
	for _, address := range addresses {
		if file := c.blog.imageFile(c.post, address); file != "" {
			files = append(files, file)
		}
	}
	_ = c.blog.folder.parallel(c.blog.making, len(files), func(i int) error {
		c.blog.photo(files[i])
		return nil
	})
}

// look reads an image file and what its structure says.
func (b *Blog) look(file string) *photo {
	p := &photo{stamp: b.snapshot.stamps[file], tried: true}
	if !isImage(b.fileURLs[file]) {
		return p
	}
	data, err := b.readImage(file)
	var facts picture.Facts
	switch {
	case errors.Is(err, errTooLong):
		facts = picture.Inspect(data)
		facts.Damage = fmt.Sprintf("it has more than %d MiB", maxPicture>>20)
	case err != nil:
		return p // publishing it says so
	default:
		facts = picture.Inspect(data)
		p.sum = sha256.Sum256(data)
	}
	p.width, p.height, p.bytes, p.weight, p.damage = facts.Width, facts.Height, facts.Bytes, facts.Weight(), facts.Damage
	p.widths = picture.Widths(facts)
	p.whole, p.tried = picture.Whole(facts, p.widths), len(p.widths) == 0
	return p
}

// readImage reads an image file as it is published. Of one that is too long it
// gives the head, and errTooLong.
func (b *Blog) readImage(file string) ([]byte, error) {
	data, err := readLimited(b.fsys, file, maxPicture)
	if !errors.Is(err, errTooLong) {
		return picture.Strip(data), err
	}
	f, openErr := b.fsys.Open(file)
	if openErr != nil {
		return nil, openErr
	}
	defer f.Close()
	head, readErr := io.ReadAll(io.LimitReader(f, 1<<20))
	return head, errors.Join(err, readErr)
}

// try makes all forms of a picture to see whether that can be done. Those that the store
// has were made already. Without a store it only decodes the picture. When the build is
// given up, it is as before.
func (b *Blog) try(ctx context.Context, file string, p *photo) *photo {
	var err error
	if b.folder.Forms != nil {
		missing := slices.DeleteFunc(b.formsOf(file, p), func(f *Form) bool { return b.folder.Forms.Has(p.name(f.width)) })
		err = b.makeForms(ctx, missing, func(*Form, []byte) error { return nil })
	} else {
		var stay *stay
		if _, stay, err = b.open(ctx, file, p); err == nil {
			stay.end()
		}
	}
	if ctx.Err() != nil {
		return p
	}
	b.tried.Add(1)
	next := *p
	next.tried = true
	if err != nil {
		next.damage, next.widths = err.Error(), nil
	}
	return &next
}

// open decodes a picture. It waits until there is room for it; what is left of it
// when it is decoded needs less.
func (b *Blog) open(ctx context.Context, file string, p *photo) (*picture.Picture, *stay, error) {
	stay, err := b.folder.room.enter(ctx, p.weight)
	if err != nil {
		return nil, nil, err
	}
	data, err := b.readImage(file)
	if err == nil && sha256.Sum256(data) != p.sum {
		err = errors.New("it changed meanwhile")
	}
	var opened *picture.Picture
	if err == nil {
		opened, err = picture.Open(data)
	}
	if err != nil {
		stay.end()
		return nil, nil, err
	}
	stay.shrink(opened.Weight())
	return opened, stay, nil
}

// isImage reports whether a path promises an image.
func isImage(u content.Path) bool {
	media, ok := u.Promises()
	return ok && strings.HasPrefix(media.Type, "image/")
}

// damaged notes that a picture could not be decoded after all.
func (b *Blog) damaged(file string, why error) {
	known, ok := b.photos.Load(file)
	if !ok {
		return
	}
	s := known.(*shot)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.photo != nil {
		next := *s.photo
		next.tried, next.damage, next.widths = true, why.Error(), nil
		s.photo = &next
	}
}

// checkImages warns of pictures that are published as they are though they should
// not be.
func (b *Blog) checkImages(p *post, facts *facts) {
	if b.settings.Originals {
		return
	}
	for _, image := range facts.Images {
		damage := b.photo(image.Dest).damage
		if damage == "" {
			continue
		}
		w := b.problemAt(p, image.Line, fmt.Sprintf("%s is published as it is, without smaller forms: %s", image.Dest, damage), "")
		b.warnOfText(w)
	}
}

// mark is the fingerprint of a picture's forms: of its bytes and of how they are made.
func (p *photo) mark() string {
	return theme.Fingerprint(sha256.Sum256(append([]byte(picture.Encoder), p.sum[:]...)))
}

// name is that of a form in a [FormStore].
func (p *photo) name(width int) string {
	sum := sha256.Sum256(append([]byte(picture.Encoder), p.sum[:]...))
	return fmt.Sprintf("%s-%d", hex.EncodeToString(sum[:16]), width)
}
