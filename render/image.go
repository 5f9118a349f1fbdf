package render

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"  // sizes of pictures
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"

	"icecap/render/theme"
)

// image gives a picture its address, its size and lazy loading, so that the page
// does not jump while it loads. A picture with a title that has a paragraph to
// itself becomes a figure.
func (c *conversion) image(n *ast.Image) {
	dest := string(n.Destination)
	if dest == "" {
		return
	}
	line := c.lineOf(n)
	n.Destination = []byte(c.resolve(dest, line))
	if width, height := c.imageSize(dest); width > 0 {
		n.SetAttributeString("width", []byte(strconv.Itoa(width)))
		n.SetAttributeString("height", []byte(strconv.Itoa(height)))
	}
	n.SetAttributeString("loading", []byte("lazy"))
	n.SetAttributeString("decoding", []byte("async"))
	p, alone := n.Parent().(*ast.Paragraph)
	if alone && p.ChildCount() == 1 && len(n.Title) > 0 {
		c.figures = append(c.figures, n) // when the walk is over: it would lose its way
	}
}

// figure replaces the paragraph around a picture.
func (c *conversion) figure(n *ast.Image) {
	p := n.Parent()
	caption := ast.NewString(n.Title)
	n.Title = nil
	open, middle, end := ast.NewString([]byte("<figure>")), ast.NewString([]byte("<figcaption>")), ast.NewString([]byte("</figcaption></figure>\n"))
	block := ast.NewTextBlock()
	block.SetLines(p.Lines())
	p.Parent().ReplaceChild(p.Parent(), p, block)
	for _, tag := range []*ast.String{open, middle, end} {
		tag.SetCode(true)
	}
	for _, child := range []ast.Node{open, n, middle, caption, end} {
		block.AppendChild(block, child)
	}
}

// imageSize is the size of a picture of the folder, or 0, 0.
func (c *conversion) imageSize(dest string) (width, height int) {
	file := c.blog.imageFile(c.post, dest)
	if file == "" {
		return 0, 0
	}
	c.facts.Images = append(c.facts.Images, file)
	return c.blog.sizeOf(file)
}

// findImage is a picture by the address that a shortcode was given.
func (c *conversion) findImage(dest string, line int) *theme.Image {
	image := &theme.Image{URL: c.resolve(dest, line)}
	image.Width, image.Height = c.imageSize(dest)
	return image
}

// imageFile is the file that a picture's address means, or "".
func (b *Blog) imageFile(from *post, dest string) string {
	if b.snapshot.wikilinks && isWiki(dest) {
		return b.targetWiki(from, dest).file
	}
	if isExternal(dest) {
		return ""
	}
	address, _, _ := strings.Cut(dest, "#")
	address, _, _ = strings.Cut(address, "?")
	name, err := url.PathUnescape(address)
	if err != nil {
		return ""
	}
	candidates := []string{path.Join(path.Dir(from.file), name)}
	if strings.HasPrefix(name, "/") {
		candidates = []string{path.Join(b.root, name), path.Join(staticDir, strings.TrimPrefix(name, strings.TrimSuffix(b.settings.Prefix, "/")))}
	}
	for _, file := range candidates {
		if _, ok := b.fileURLs[file]; ok {
			return file
		}
	}
	return ""
}

// maxImageHead bounds what is read of a picture: its size stands in its first
// bytes, but for metadata before it.
const maxImageHead = 1 << 20

// sizeOf reads the size of a picture. It decodes no pixels.
func (b *Blog) sizeOf(file string) (width, height int) {
	if size, ok := b.imageSizes.Load(file); ok {
		wh := size.([2]int)
		return wh[0], wh[1]
	}
	f, err := b.fsys.Open(file)
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, maxImageHead))
	if err != nil {
		return 0, 0
	}
	width, height = imageSize(path.Ext(file), head)
	b.imageSizes.Store(file, [2]int{width, height})
	return width, height
}

func imageSize(ext string, head []byte) (width, height int) {
	switch strings.ToLower(ext) {
	case ".svg":
		return svgSize(head)
	case ".webp":
		return webpSize(head)
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(head))
	if err != nil {
		return 0, 0
	}
	return config.Width, config.Height
}

// webpSize reads the three kinds of headers of a WebP file (RFC 9649).
func webpSize(head []byte) (width, height int) {
	if len(head) < 30 || string(head[:4]) != "RIFF" || string(head[8:12]) != "WEBP" {
		return 0, 0
	}
	le := func(at, n int) (v int) {
		for i := n - 1; i >= 0; i-- {
			v = v<<8 | int(head[at+i])
		}
		return v
	}
	switch string(head[12:16]) {
	case "VP8X":
		return le(24, 3) + 1, le(27, 3) + 1
	case "VP8L":
		bits := le(21, 4)
		return bits&0x3fff + 1, bits>>14&0x3fff + 1
	case "VP8 ":
		return le(26, 2) & 0x3fff, le(28, 2) & 0x3fff
	}
	return 0, 0
}

// svgSize reads width and height, or the viewBox, of the root element.
func svgSize(head []byte) (width, height int) {
	start := bytes.Index(head, []byte("<svg"))
	if start < 0 {
		return 0, 0
	}
	tag, _, _ := bytes.Cut(head[start:], []byte(">"))
	number := func(name string) int {
		_, after, ok := strings.Cut(string(tag), " "+name+`="`)
		if !ok {
			return 0
		}
		value, _, _ := strings.Cut(after, `"`)
		f, err := strconv.ParseFloat(strings.TrimSuffix(value, "px"), 64)
		if err != nil {
			return 0
		}
		return int(f)
	}
	if width, height = number("width"), number("height"); width > 0 && height > 0 {
		return width, height
	}
	_, after, _ := strings.Cut(string(tag), ` viewBox="`)
	value, _, _ := strings.Cut(after, `"`)
	var x, y, w, h float64
	if n, _ := fmt.Sscan(strings.ReplaceAll(value, ",", " "), &x, &y, &w, &h); n == 4 && w > 0 && h > 0 {
		return int(w), int(h)
	}
	return 0, 0
}
