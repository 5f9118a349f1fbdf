package render

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"

	"icecap/render/kramdown"
)

// parse reads the text. One that is HTML is a single block of it.
func (c *conversion) parse(md *markdown) ast.Node {
	if c.reads || c.depth > 0 || isMarkdown(c.post.file) {
		if at, what := costlyLine(c.source); at >= 0 {
			c.errs = append(c.errs, c.problemIn(c.lines.line(c.source, at), what, ""))
			return ast.NewDocument()
		}
		pc := c.context()
		document := md.parser.Parse(text.NewReader(c.source), parser.WithContext(pc))
		c.note(kramdown.Remarks(pc))
		return document
	}
	if isOrg(c.post.file) {
		return c.parseOrg()
	}
	document, block := ast.NewDocument(), ast.NewHTMLBlock(ast.HTMLBlockType6)
	block.Lines().Append(text.NewSegment(0, len(c.source)))
	document.AppendChild(document, block)
	return document
}

// noWord are pieces of HTML between spaces that Hugo does not count as words.
var noWord = regexp.MustCompile(`^(?:</?[A-Za-z]+>?|[A-Za-z]+=["'].*|>)$`)

// wholeBlocks takes all blocks up to the paragraph with which there are words enough.
func (c *conversion) wholeBlocks(document ast.Node, renderer renderer.Renderer) error {
	var out htmlBuffer
	words, letters := 0, c.blog.dialect.countLetters
	if said, ok := c.post.params["iscjklanguage"].(bool); ok {
		letters = said
	}
	for block := document.FirstChild(); block != nil; block = block.NextSibling() {
		before := out.Len()
		if err := renderer.Render(&out, c.source, block); err != nil {
			return fmt.Errorf("write the summary of %s: %w", c.post.file, err)
		}
		html := c.expand(bytes.Clone(out.Bytes()[before:]))
		for piece := range strings.FieldsSeq(string(html)) {
			switch {
			case noWord.MatchString(piece):
			case letters:
				words += countWords(piece)
			default:
				words++
			}
		}
		if words >= c.blog.dialect.summaryWords && bytes.Contains(html, []byte("</p>")) {
			break
		}
	}
	c.facts.Summary = string(c.expand(bytes.TrimSpace(withoutNotes(out.Bytes()))))
	return nil
}

// blockBehind is the first block that begins behind a line of the file, or nil.
func (c *conversion) blockBehind(document ast.Node, line int) ast.Node {
	for block := document.FirstChild(); block != nil; block = block.NextSibling() {
		if at, ok := c.firstLine(block); ok && at > line {
			return block
		}
	}
	return nil
}

// firstLine is the line of the file on which a block begins.
func (c *conversion) firstLine(node ast.Node) (at int, ok bool) {
	if node.Type() == ast.TypeInline {
		return 0, false
	}
	if node.Lines() != nil && node.Lines().Len() > 0 {
		return c.lines.line(c.source, node.Lines().At(0).Start), true
	}
	for child := node.FirstChild(); child != nil; child = child.NextSibling() {
		if at, ok := c.firstLine(child); ok {
			return at, true
		}
	}
	return 0, false
}
