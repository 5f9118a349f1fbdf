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
)

// parse reads the text. One that is HTML is a single block of it.
func (c *conversion) parse(md *markdown) ast.Node {
	if c.attrs != nil || c.depth > 0 || isMarkdown(c.post.file) {
		if at := deepLine(c.source); at >= 0 {
			c.errs = append(c.errs, c.problemIn(c.lines.line(c.source, at), tooDeep, ""))
			return ast.NewDocument()
		}
		return md.parser.Parse(text.NewReader(c.source), parser.WithContext(c.context()))
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
