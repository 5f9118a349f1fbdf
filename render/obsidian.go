package render

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// What Obsidian reads besides links: %%comments%%, which are for nobody else's eyes,
// and ==marked text==.

// A comment shows nothing, in a line or as a block.
type (
	comment      struct{ ast.BaseInline }
	commentBlock struct {
		ast.BaseBlock
		closed bool
	}
)

var (
	kindComment      = ast.NewNodeKind("Comment")
	kindCommentBlock = ast.NewNodeKind("CommentBlock")
	commentMark      = []byte("%%")
)

// Kind and the others make them nodes.
func (*comment) Kind() ast.NodeKind                   { return kindComment }
func (n *comment) Dump(source []byte, level int)      { ast.DumpHelper(n, source, level, nil, nil) }
func (*commentBlock) Kind() ast.NodeKind              { return kindCommentBlock }
func (*commentBlock) IsRaw() bool                     { return true }
func (n *commentBlock) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// obsidian reports whether the texts are Obsidian's.
func (s *Snapshot) obsidian() bool { return s.dialect.vault || s.wikilinks }

// obsidianSyntax adds this to Markdown.
type obsidianSyntax struct{}

// Extend makes it an extension.
func (obsidianSyntax) Extend(m goldmark.Markdown) {
	highlightMark.Extend(m)
	m.Parser().AddOptions(
		parser.WithInlineParsers(util.Prioritized(commentParser{}, 60)),
		parser.WithBlockParsers(util.Prioritized(commentBlocks{}, 60)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(obsidianRenderer{}, 100)))
}

// commentParser finds comments that end in their paragraph.
type commentParser struct{}

// Trigger and Parse are what goldmark asks of a parser of inline text.
func (commentParser) Trigger() []byte { return []byte{'%'} }

// Parse reads a comment to its end. One without an end hides the rest of the
// paragraph: it is better to miss a word than to publish one that was not meant to be.
func (commentParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if !bytes.HasPrefix(line, commentMark) {
		return nil
	}
	from := len(commentMark)
	for line != nil {
		if end := bytes.Index(line[from:], commentMark); end >= 0 {
			block.Advance(from + end + len(commentMark))
			return &comment{}
		}
		block.AdvanceLine()
		line, _ = block.PeekLine()
		from = 0
	}
	return &comment{}
}

// commentBlocks finds comments that begin a line and go on below it, also over blank
// lines: up to the next mark, else to the end of what they stand in.
type commentBlocks struct{}

// Trigger and the others are what goldmark asks of a parser of blocks.
func (commentBlocks) Trigger() []byte { return []byte{'%'} }

// Open reads a first line that has one mark only.
func (commentBlocks) Open(_ ast.Node, reader text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(line, " "), commentMark)
	if !ok || bytes.Contains(rest, commentMark) {
		return nil, parser.NoChildren
	}
	reader.Advance(segment.Len() - 1)
	return &commentBlock{}, parser.NoChildren
}

// Continue takes the lines up to the mark, and what stands behind it.
func (commentBlocks) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n := node.(*commentBlock)
	if n.closed {
		return parser.Close
	}
	line, segment := reader.PeekLine()
	n.closed = bytes.Contains(line, commentMark)
	reader.Advance(segment.Len() - 1)
	return parser.Continue | parser.NoChildren
}

func (commentBlocks) Close(ast.Node, text.Reader, parser.Context) {}
func (commentBlocks) CanInterruptParagraph() bool                 { return true }
func (commentBlocks) CanAcceptIndentedLine() bool                 { return false }

// obsidianRenderer writes nothing of comments.
type obsidianRenderer struct{}

// RegisterFuncs makes it the renderer of these nodes.
func (obsidianRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	nothing := func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) { return ast.WalkSkipChildren, nil }
	r.Register(kindComment, nothing)
	r.Register(kindCommentBlock, nothing)
}

// callouts are Obsidian's, by the alert of GitHub that is nearest to each.
var callouts = map[string]string{
	"abstract": "NOTE", "summary": "NOTE", "tldr": "NOTE", "info": "NOTE", "todo": "NOTE", "quote": "NOTE", "cite": "NOTE",
	"hint": "TIP", "success": "TIP", "check": "TIP", "done": "TIP", "example": "IMPORTANT",
	"question": "WARNING", "help": "WARNING", "faq": "WARNING", "attention": "WARNING",
	"failure": "CAUTION", "fail": "CAUTION", "missing": "CAUTION", "danger": "CAUTION", "error": "CAUTION", "bug": "CAUTION",
}

// callout reads a line such as "[!info]- A title": the alert that it is, its title, and
// the sign that lets a reader fold it, 0 for none. One of a kind that nobody knows is a
// note, as in Obsidian.
func callout(line string) (word, title string, fold byte, ok bool) {
	kind, title, ok := strings.Cut(strings.TrimPrefix(line, "[!"), "]")
	kind, _, _ = strings.Cut(strings.ToLower(kind), "|") // "[!info|right]" is for a style sheet
	kind = strings.TrimSpace(kind)
	if !ok || !strings.HasPrefix(line, "[!") || kind == "" || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789- ") != "" {
		return "", "", 0, false
	}
	if title != "" && (title[0] == '+' || title[0] == '-') {
		fold, title = title[0], title[1:]
	}
	title = strings.TrimSpace(title)
	word = strings.ToUpper(kind)
	if _, known := alerts[word]; !known {
		if title == "" {
			title = strings.TrimSpace(titleFromName(kind))
		}
		if word, known = callouts[kind]; !known {
			word = "NOTE"
		}
	}
	return word, title, fold, true
}
