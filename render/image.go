package render

import (
	"html/template"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"

	"icecap/render/theme"
)

// image gives a picture its address, its size, its smaller forms and lazy loading, so
// that the page does not jump while it loads. A picture with a title that has a paragraph to
// itself becomes a figure.
func (c *conversion) image(n *ast.Image) {
	dest := string(n.Destination)
	if dest == "" {
		return
	}
	line := c.lineOf(n)
	n.Destination = []byte(c.resolve(dest, line))
	image := c.imageOf(dest, line)
	if image.Width > 0 {
		n.SetAttributeString("width", []byte(strconv.Itoa(image.Width)))
		n.SetAttributeString("height", []byte(strconv.Itoa(image.Height)))
	}
	n.SetAttributeString("loading", []byte("lazy"))
	n.SetAttributeString("decoding", []byte("async"))
	if image.Srcset != "" {
		n.SetAttributeString("srcset", []byte(image.Srcset))
		n.SetAttributeString("sizes", []byte(image.Sizes))
	}
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

// imageOf is what is known of a picture of the folder, but for its address.
func (c *conversion) imageOf(dest string, line int) *theme.Image {
	image := &theme.Image{}
	file := c.blog.imageFile(c.post, dest)
	if file == "" {
		return image
	}
	c.facts.Images = append(c.facts.Images, link{file, line})
	p := c.blog.photo(file)
	image.Width, image.Height = p.width, p.height
	if srcset := c.blog.srcset(file, p); srcset != "" {
		image.Srcset, image.Sizes = template.Srcset(srcset), c.blog.imageSizes()
	}
	return image
}

// findImage is a picture by the address that a shortcode was given.
func (c *conversion) findImage(dest string, line int) *theme.Image {
	address := c.resolve(dest, line)
	image := c.imageOf(dest, line)
	image.URL = address
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
	if b.snapshot.wikilinks {
		return b.target(from, dest).file
	}
	return ""
}
