package render

import (
	"bytes"
	"cmp"
	"html/template"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A container is a block of blocks that has a kind, and perhaps a title: an admonition
// of Python-Markdown, whose lines are set in, or what stands between lines of colons.
type container struct {
	ast.BaseBlock
	kind, title string
	fold        byte // '-' closed, '+' open, 0 for none that folds
	attributes  parser.Attributes
	colons      int  // of its first line; 0 for an admonition
	closed      bool // by its last line
}

var kindContainer = ast.NewNodeKind("Container")

// Kind and Dump make it a node.
func (*container) Kind() ast.NodeKind              { return kindContainer }
func (n *container) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// otherNotations adds to Markdown those of [notations] that are no matter of lines.
type otherNotations struct{}

// Extend makes it an extension.
func (otherNotations) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithBlockParsers(util.Prioritized(admonitionParser{}, 70), util.Prioritized(containerParser{}, 70)),
		parser.WithInlineParsers(util.Prioritized(raisedParser{}, 400)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(containerRenderer{}, 100), util.Prioritized(pairedRenderer{}, 500)))
}

// admonitionParser finds `!!! note "Title"`, `??? note` and `=== "Tab"`.
type admonitionParser struct{}

var (
	admonitionStart = regexp.MustCompile(`^(!!!|\?\?\?\+?) ?([\w-]+)((?: +[\w-]+)*)(?: +"(.*)")?[ \t\r\n]*$`)
	tabStart        = regexp.MustCompile(`^===[!+]? "(.*)"[ \t\r\n]*$`)
)

// Trigger and the others are what goldmark asks of a parser of blocks.
func (admonitionParser) Trigger() []byte { return []byte{'!', '?', '='} }

// Open reads the first line. One of a kind that nobody knows is one where lines that are
// set in follow: a line of text may begin so, too.
func (admonitionParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	at := pc.BlockOffset()
	if at < 0 {
		return nil, parser.NoChildren
	}
	n := &container{}
	if m := admonitionStart.FindSubmatch(line[at:]); m != nil && (isCallout(strings.ToLower(string(m[2]))) || setIn(reader.Source()[segment.Stop:])) {
		n.kind, n.title = strings.ToLower(string(m[2])), string(m[4])
		if mark := string(m[1]); mark != "!!!" {
			n.fold = map[string]byte{"???": '-', "???+": '+'}[mark]
		}
	} else if m := tabStart.FindSubmatch(line[at:]); m != nil {
		n.kind, n.title = "tab", strings.TrimSpace(string(m[1]))
	} else {
		return nil, parser.NoChildren
	}
	reader.Advance(segment.Len() - 1)
	return n, parser.HasChildren
}

// isCallout reports whether a kind has an alert.
func isCallout(kind string) bool {
	_, known := alerts[strings.ToUpper(kind)]
	return known || callouts[kind] != "" || containerKinds[kind] != ""
}

// setIn reports whether the next line that is not blank has white space before it.
func setIn(rest []byte) bool {
	for len(rest) > 0 {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		if len(bytes.TrimLeft(line, " \t>\r")) > 0 {
			line = bytes.TrimLeft(line, ">")
			return bytes.HasPrefix(line, []byte("  ")) || bytes.HasPrefix(line, []byte("\t"))
		}
		rest = after
	}
	return false
}

// Continue takes the lines that are set in, and blank ones.
func (admonitionParser) Continue(_ ast.Node, reader text.Reader, _ parser.Context) parser.State {
	line, _ := reader.PeekLine()
	if util.IsBlank(line) {
		return parser.Continue | parser.HasChildren
	}
	indent, _ := util.IndentWidth(line, reader.LineOffset())
	if indent < blockIndent {
		return parser.Close
	}
	position, padding := util.IndentPosition(line, reader.LineOffset(), blockIndent)
	reader.AdvanceAndSetPadding(position, padding)
	return parser.Continue | parser.HasChildren
}

func (admonitionParser) Close(ast.Node, text.Reader, parser.Context) {}
func (admonitionParser) CanInterruptParagraph() bool                 { return true }
func (admonitionParser) CanAcceptIndentedLine() bool                 { return false }

// maxContainers is how many blocks a container may lie in: each line is offered to all.
const maxContainers = 20

// containerParser finds `::: kind title`, `:::kind[title]{.class}` and `::: {.class}`.
type containerParser struct{}

var (
	containerStart = regexp.MustCompile(`^(:{3,})[ \t]*(?:([\w-]+)[ \t]*(?:\[(.*)\]|([^{:]*?))?)?[ \t]*(\{[^{}]*\})?[ \t]*:*[ \t\r\n]*$`)
	containerEnd   = regexp.MustCompile(`^ {0,3}:{3,}[ \t\r\n]*$`)
)

// Trigger and the others are what goldmark asks of a parser of blocks.
func (containerParser) Trigger() []byte { return []byte{':'} }

// Open reads the first line.
func (containerParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	if pc.BlockOffset() < 0 {
		return nil, parser.NoChildren
	}
	if len(pc.OpenedBlocks()) > maxContainers {
		return nil, parser.NoChildren
	}
	m := containerStart.FindSubmatch(line[pc.BlockOffset():])
	if m == nil || len(m[2])+len(m[5]) == 0 {
		return nil, parser.NoChildren
	}
	n := &container{kind: strings.ToLower(string(m[2])), title: strings.TrimSpace(string(m[3]) + string(m[4])), colons: len(m[1])}
	if len(m[5]) > 0 {
		n.attributes, _ = parser.ParseAttributes(text.NewReader(m[5]))
	}
	if n.kind == "details" {
		n.fold = '-'
	}
	reader.Advance(segment.Len() - 1)
	return n, parser.HasChildren
}

// Continue takes all lines to the end of the innermost one, but those of code.
func (containerParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	n := node.(*container)
	if n.closed {
		return parser.Close
	}
	line, segment := reader.PeekLine()
	if !containerEnd.Match(line) {
		return parser.Continue | parser.HasChildren
	}
	open := pc.OpenedBlocks()
	for i := len(open) - 1; i >= 0; i-- {
		switch inner := open[i].Node.(type) {
		case *ast.FencedCodeBlock:
			return parser.Continue | parser.HasChildren
		case *container:
			if inner != n && inner.colons > 0 {
				return parser.Continue | parser.HasChildren
			}
			if inner == n {
				n.closed = true
				reader.Advance(segment.Len() - 1)
				return parser.Close
			}
		}
	}
	return parser.Continue | parser.HasChildren
}

func (containerParser) Close(ast.Node, text.Reader, parser.Context) {}
func (containerParser) CanInterruptParagraph() bool                 { return true }
func (containerParser) CanAcceptIndentedLine() bool                 { return false }

// containerKinds are those of containers that are callouts beside GitHub's and Obsidian's.
var containerKinds = map[string]string{"details": "NOTE", "seealso": "NOTE", "secondary": "NOTE", "caution": "CAUTION", "callout-note": "NOTE", "callout-tip": "TIP",
	"callout-important": "IMPORTANT", "callout-warning": "WARNING", "callout-caution": "CAUTION"}

// containers makes callouts of them, and plain parts of a page of those that have another
// kind: tabs, of which each is shown, and divisions with classes of their own.
func (c *conversion) containers(document ast.Node) {
	for _, n := range nodesOf[*container](document, ast.TypeBlock) {
		if word := c.calloutOf(n); word != "" {
			quote := ast.NewBlockquote()
			moveChildren(quote, n)
			n.Parent().ReplaceChild(n.Parent(), n, quote)
			quote.SetAttributeString("class", []byte("alert alert-"+strings.ToLower(word)))
			c.alertTitle(quote, n.title, n.fold, cmp.Or(n.title, c.titleOf(n, word)))
			continue
		}
		for _, a := range n.attributes {
			if name := string(a.Name); name == "id" || name == "class" {
				n.SetAttribute(a.Name, a.Value)
			}
		}
		if id := idOf(n); id != "" {
			c.facts.IDs = append(c.facts.IDs, id)
			c.ids[id] = 0
		}
		if _, classed := n.AttributeString("class"); !classed && n.kind != "" {
			n.SetAttributeString("class", []byte(n.kind))
		}
		if n.kind == "code-group" {
			c.labelCode(n)
		}
		if n.title != "" {
			head := strongLine(n.title)
			if n.FirstChild() == nil {
				n.AppendChild(n, head)
			} else {
				n.InsertBefore(n, n.FirstChild(), head)
			}
		}
	}
}

// strongLine is a paragraph of a name.
func strongLine(name string) ast.Node {
	line := ast.NewString([]byte("<p><strong>" + template.HTMLEscapeString(name) + "</strong></p>\n"))
	line.SetCode(true)
	return line
}

var (
	codeLabel = regexp.MustCompile(`\[([^]]+)\]`)
	codeTitle = regexp.MustCompile(`\btitle=["']([^"']+)["']`) // of MkDocs and Docusaurus
)

// labelCode writes above each block of code of a group what VitePress calls it.
func (c *conversion) labelCode(group *container) {
	for _, code := range nodesOf[*ast.FencedCodeBlock](group, ast.TypeBlock) {
		if code.Info == nil {
			continue
		}
		if m := codeLabel.FindSubmatch(code.Info.Segment.Value(c.source)); m != nil {
			head := strongLine(string(m[1]))
			code.Parent().InsertBefore(code.Parent(), code, head)
		}
	}
}

// calloutOf is the alert that a container is, or "". An admonition always is one, as a
// vault's callout is; between colons stands also what has a class for a style sheet.
func (c *conversion) calloutOf(n *container) string {
	kind := n.kind
	if kind == "" {
		for _, class := range strings.Fields(attributeText(n.attributes, "class")) {
			if containerKinds[class] != "" && strings.HasPrefix(class, "callout-") {
				kind = class
				n.title = cmp.Or(n.title, attributeText(n.attributes, "title"))
			}
		}
	}
	word := strings.ToUpper(kind)
	if _, known := alerts[word]; known && kind != "" {
		return word
	}
	if word = cmp.Or(callouts[kind], containerKinds[kind]); word != "" {
		return word
	}
	if n.colons == 0 && kind != "tab" {
		return "NOTE"
	}
	return ""
}

// titleOf is the title of a callout that gives none.
func (c *conversion) titleOf(n *container, word string) string {
	if n.kind == "" || strings.HasPrefix(n.kind, "callout-") || strings.EqualFold(n.kind, word) {
		return c.blog.of(c.post).voice.Word(alerts[word])
	}
	return strings.TrimSpace(titleFromName(n.kind))
}

// attributeText is a value of a list of attributes.
func attributeText(list parser.Attributes, name string) string {
	value, _ := list.Find([]byte(name))
	text, _ := value.([]byte)
	return string(text)
}

// moveChildren gives all children of a block to another.
func moveChildren(to, from ast.Node) {
	for child := from.FirstChild(); child != nil; {
		next := child.NextSibling()
		to.AppendChild(to, child)
		child = next
	}
}

// containerRenderer writes what is no callout.
type containerRenderer struct{}

// RegisterFuncs makes it the renderer of containers, and of what else is built of [notations].
func (containerRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindContainer, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			_, err := w.WriteString("</div>\n")
			return ast.WalkContinue, err
		}
		_, _ = w.WriteString("<div")
		for _, a := range node.Attributes() {
			value, _ := a.Value.([]byte)
			_, _ = w.WriteString(" " + string(a.Name) + `="` + template.HTMLEscapeString(string(value)) + `"`)
		}
		_, err := w.WriteString(">\n")
		return ast.WalkContinue, err
	})
	r.Register(kindContentsMark, renderContents)
}
