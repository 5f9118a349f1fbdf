package render

import (
	"bytes"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// MathMarks are the marks between which a text has TeX. The zero value has none:
// a dollar is money, and a backslash before a bracket means the bracket.
//
// Between single dollars the rule is pandoc's and GitHub's: the first has no space
// behind it and no letter or digit before it, the last has no space before it and no
// digit behind it. So "costs $5 and $10" has no formula in any text.
type MathMarks struct {
	Dollar  bool // $x$ and GitHub's $`x`$
	Dollars bool // $$x$$, set apart from the text
	Round   bool // \(x\), also written \\(x\\), as for tools that take one backslash away
	Square  bool // \[x\], set apart, likewise
	Inline  bool // $$x$$ within a paragraph is a part of it, as with kramdown

	ticked  bool // where nothing else says so: GitHub's $`x`$, which is never text
	escaped bool // Markdown takes one backslash away from two first, as where nothing is passed through
}

// AllMath is what a page that says "math: true" has.
var AllMath = MathMarks{Dollar: true, Dollars: true, Round: true, Square: true}

func (m MathMarks) any() bool { return m.Dollar || m.Dollars || m.Round || m.Square || m.ticked }

// context tells the parsers of Markdown what holds for a page.
func (c *conversion) context() parser.Context {
	pc := parser.NewContext()
	pc.Set(mathKey, c.blog.mathOf(c.post))
	return pc
}

// mathOf is what holds for a page.
func (b *Blog) mathOf(p *post) MathMarks {
	if p.math == nil && b.dialect.tool == "" && !b.settings.Math.any() {
		return MathMarks{ticked: true}
	}
	if p.math == nil {
		return b.settings.Math
	}
	if !*p.math {
		return MathMarks{}
	}
	marks := AllMath
	marks.Inline = b.settings.Math.Inline
	marks.escaped = b.dialect.tool == "Hugo" && !b.settings.Math.any()
	return marks
}

// A formula is TeX in a line of text, or set apart from it.
type formula struct {
	ast.BaseInline
	tex     []byte
	display bool
}

// A displayed formula is one that has its lines to itself.
type displayed struct {
	ast.BaseBlock
	mark    mathMark
	closed  bool // the end has been read
	escaped bool // see [MathMarks]
}

var kindFormula, kindDisplayed = ast.NewNodeKind("Formula"), ast.NewNodeKind("Displayed")

// Kind and the others make them nodes.
func (*formula) Kind() ast.NodeKind                { return kindFormula }
func (n *formula) Dump(source []byte, level int)   { ast.DumpHelper(n, source, level, nil, nil) }
func (*displayed) Kind() ast.NodeKind              { return kindDisplayed }
func (*displayed) IsRaw() bool                     { return true }
func (n *displayed) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// A mathMark is what ends a formula, and how it is shown.
type mathMark struct {
	open, end string
	display   bool
}

// mathStart finds the mark that a line begins with; before is what stands before it.
func mathStart(line []byte, before rune, marks MathMarks) (mathMark, bool) {
	starts := func(mark string) bool { return bytes.HasPrefix(line, []byte(mark)) }
	switch {
	case before == '$' || len(line) < 2:
	case starts("$$"):
		return mathMark{"$$", "$$", !marks.Inline}, marks.Dollars
	case starts("$`"):
		return mathMark{"$`", "`$", false}, marks.Dollar || marks.ticked
	case line[0] == '$':
		return mathMark{"$", "$", false}, marks.Dollar && !isBlank(line[1]) && !isNameRune(before)
	case starts(`\(`):
		return mathMark{`\(`, `\)`, false}, marks.Round
	case starts(`\\(`):
		return mathMark{`\\(`, `\\)`, false}, marks.Round
	case starts(`\[`):
		return mathMark{`\[`, `\]`, true}, marks.Square
	case starts(`\\[`):
		return mathMark{`\\[`, `\\]`, true}, marks.Square
	}
	return mathMark{}, false
}

func isNameRune(r rune) bool {
	return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r >= 0x80
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// mathEnd is where a line has the mark that ends a formula, from a place on; -1 if it
// does not. A backslash takes the meaning from what follows, so \$ ends nothing.
func mathEnd(line []byte, from int, m mathMark) int {
	for i := from; i < len(line); i++ {
		if bytes.HasPrefix(line[i:], []byte(m.end)) {
			after := i + len(m.end)
			if m.open != "$" || i > 0 && !isBlank(line[i-1]) && (after == len(line) || !isDigit(line[after])) {
				return i
			}
		}
		if line[i] == '\\' {
			i++
		}
	}
	return -1
}

// mathParser finds formulas, in lines and in blocks of their own.
type mathParser struct{}

var (
	mathKey    = parser.NewContextKey() // of the page's [MathMarks]
	mathMisses = parser.NewContextKey() // of the [missed] ends
)

// missed says, by the mark, in which part of a text no formula ends, so that nothing
// is searched twice.
type missed map[string][2]int

func marksOf(pc parser.Context) MathMarks {
	marks, _ := pc.Get(mathKey).(MathMarks)
	return marks
}

// Extend makes it an extension. Its parsers come before those of code and escapes.
func (p mathParser) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(parser.WithInlineParsers(util.Prioritized(p, 50)), parser.WithBlockParsers(util.Prioritized(mathBlocks{}, 50)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(mathRenderer{}, 100)))
}

// Trigger and Parse are what goldmark asks of a parser of inline text.
func (mathParser) Trigger() []byte { return []byte{'$', '\\'} }

// Parse reads a formula to its end, which may be in a later line.
func (mathParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	mark, ok := mathStart(line, block.PrecendingCharacter(), marksOf(pc))
	if !ok {
		return nil
	}
	misses, _ := pc.Get(mathMisses).(missed)
	from, begin := len(mark.open), segment.Start+len(mark.open)
	if known := misses[mark.end]; known[0] <= begin && begin < known[1] {
		return nil
	}
	var tex []byte
	stop := begin
	for ; line != nil; line, segment = block.PeekLine() {
		if end := mathEnd(line, from, mark); end >= 0 {
			tex = append(tex, line[from:end]...)
			block.Advance(end + len(mark.end))
			if len(bytes.TrimSpace(tex)) == 0 {
				return nil
			}
			if marksOf(pc).escaped {
				tex = util.UnescapePunctuations(tex)
			}
			return &formula{tex: tex, display: mark.display}
		}
		tex = append(tex, line[from:]...)
		from, stop = 0, segment.Stop
		block.AdvanceLine()
	}
	if misses == nil {
		misses = missed{}
		pc.Set(mathMisses, misses)
	}
	misses[mark.end] = [2]int{begin, stop}
	return nil
}

// mathRenderer writes TeX as text between \( and \), or \[ and \], which is how
// readers without a script see it, and those of feeds.
type mathRenderer struct{}

// RegisterFuncs makes it the renderer of formulas.
func (mathRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindFormula, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if n := node.(*formula); entering {
			writeMath(w, n.tex, "span", n.display)
		}
		return ast.WalkContinue, nil
	})
	r.Register(kindDisplayed, func(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			writeMath(w, node.(*displayed).tex(source), "div", true)
		}
		return ast.WalkContinue, nil
	})
}

// writeMath writes a formula. Its classes are pandoc's.
func writeMath(w util.BufWriter, tex []byte, element string, display bool) {
	var b bytes.Buffer
	kind, open, end := "inline", `\(`, `\)`
	if display {
		kind, open, end = "display", `\[`, `\]`
	}
	b.WriteString("<" + element + ` class="math ` + kind + `" role="math"`)
	if element == "div" {
		b.WriteString(` tabindex="0"`) // a wide one scrolls, and the keyboard reaches it
	}
	b.WriteString(">" + open)
	b.Write(util.EscapeHTML(tex))
	b.WriteString(end + "</" + element + ">")
	if element == "div" {
		b.WriteByte('\n')
	}
	_, _ = w.Write(b.Bytes())
}
