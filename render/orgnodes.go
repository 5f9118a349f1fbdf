package render

import (
	"bytes"
	"html"
	"strconv"
	"strings"

	"github.com/niklasfasching/go-org/org"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// An orgWriter makes nodes of Markdown of those of Org. Texts that stand in the source
// as they are keep their place there, so that problems have their line; others are
// written behind it.
type orgWriter struct {
	*conversion
	document *org.Document
	values   *org.HTMLWriter // of what the library alone knows: entities and the like
	own      int             // length of the source as it was written
	at       int             // in it, behind what was met last
	notes    []orgNote
}

// An orgNote is a footnote that is referred to.
type orgNote struct {
	name       string
	definition *org.FootnoteDefinition
}

// segment is the place of a text in the source.
func (w *orgWriter) segment(s string) text.Segment {
	if found := bytes.Index(w.source[w.at:w.own], []byte(s)); found >= 0 && s != "" {
		start := w.at + found
		w.at = start + len(s)
		return text.NewSegment(start, w.at)
	}
	start := len(w.source)
	w.source = append(w.source, s...)
	return text.NewSegment(start, len(w.source))
}

func (w *orgWriter) blocks(parent ast.Node, nodes []org.Node) {
	for _, node := range nodes {
		w.block(parent, node)
	}
}

// block adds a block. What it does not know is a paragraph of text.
func (w *orgWriter) block(parent ast.Node, node org.Node) {
	switch n := node.(type) {
	case org.Headline:
		w.headline(parent, n)
	case org.Paragraph:
		w.paragraph(parent, n.Children)
	case org.List:
		w.list(parent, n)
	case org.Table:
		w.table(parent, n)
	case org.Block:
		w.namedBlock(parent, n)
	case org.Example:
		w.code(parent, "", w.content(n.Children))
	case org.Result:
		w.block(parent, n.Node)
	case org.HorizontalRule:
		parent.AppendChild(parent, ast.NewThematicBreak())
	case org.NodeWithMeta:
		w.block(parent, n.Node) // attributes of HTML and captions: see caption
		w.caption(parent, n.Meta)
	case org.NodeWithName:
		w.block(parent, n.Node)
	case org.Drawer:
		w.blocks(parent, n.Children)
	case org.LatexBlock:
		w.paragraph(parent, n.Content)
	case org.Keyword:
		if n.Key == "HTML" {
			w.html(parent, n.Value)
		}
	case org.Include:
		w.warn(w.problemIn(w.lines.line(w.source, w.at), "the file of "+n.Key+" is not included: "+n.Value, ""))
	case org.Comment:
		if strings.TrimSpace(n.Content) == "more" {
			w.html(parent, "<!--more-->")
		}
	case org.PropertyDrawer, org.FootnoteDefinition:
		if note, ok := node.(org.FootnoteDefinition); ok {
			w.define(note)
		}
	default:
		w.paragraph(parent, []org.Node{node})
	}
}

// define keeps the text of a footnote.
func (w *orgWriter) define(note org.FootnoteDefinition) {
	for i := range w.notes {
		if w.notes[i].name == note.Name {
			w.notes[i].definition = &note
			return
		}
	}
	w.notes = append(w.notes, orgNote{note.Name, &note})
}

// caption is the line below a picture or a table.
func (w *orgWriter) caption(parent ast.Node, meta org.Metadata) {
	for _, caption := range meta.Caption {
		p := ast.NewParagraph()
		emphasis := ast.NewEmphasis(1)
		w.inlines(emphasis, caption)
		p.AppendChild(p, emphasis)
		parent.AppendChild(parent, p)
	}
}

func (w *orgWriter) headline(parent ast.Node, h org.Headline) {
	if h.IsExcluded(w.document) {
		return
	}
	heading := ast.NewHeading(min(h.Lvl+1, 6))
	heading.SetAttributeString("id", []byte(h.ID()))
	if h.Status != "" && w.document.GetOption("todo") != "nil" {
		w.text(heading, h.Status+" ")
	}
	if h.Priority != "" && w.document.GetOption("pri") != "nil" {
		w.text(heading, "["+h.Priority+"] ")
	}
	w.inlines(heading, h.Title)
	if len(h.Tags) > 0 && w.document.GetOption("tags") != "nil" {
		w.text(heading, "\u00a0\u00a0\u00a0"+strings.Join(h.Tags, "\u00a0"))
	}
	parent.AppendChild(parent, heading)
	w.blocks(parent, h.Children)
}

func (w *orgWriter) paragraph(parent ast.Node, nodes []org.Node) {
	p := ast.NewParagraph()
	w.inlines(p, nodes)
	if p.FirstChild() != nil {
		if line, ok := w.firstSegment(p); ok {
			p.Lines().Append(line)
		}
		parent.AppendChild(parent, p)
	}
}

// firstSegment is the place of a paragraph's first text.
func (w *orgWriter) firstSegment(node ast.Node) (text.Segment, bool) {
	for child := node.FirstChild(); child != nil; child = child.FirstChild() {
		if t, ok := child.(*ast.Text); ok {
			return t.Segment, true
		}
	}
	return text.Segment{}, false
}

func (w *orgWriter) list(parent ast.Node, l org.List) {
	if l.Kind == "descriptive" {
		list := extast.NewDefinitionList(0, nil)
		for _, item := range l.Items {
			d, ok := item.(org.DescriptiveListItem)
			if !ok {
				continue
			}
			term, details := extast.NewDefinitionTerm(), extast.NewDefinitionDescription()
			if len(d.Term) == 0 {
				w.text(term, "?")
			}
			w.inlines(term, d.Term)
			w.items(details, d.Details)
			list.AppendChild(list, term)
			list.AppendChild(list, details)
		}
		parent.AppendChild(parent, list)
		return
	}
	marker := byte('-')
	if l.Kind == "ordered" {
		marker = '.'
	}
	list := ast.NewList(marker)
	list.IsTight, list.Start = true, 1
	for i, item := range l.Items {
		n, ok := item.(org.ListItem)
		if !ok {
			continue
		}
		if start, err := strconv.Atoi(n.Value); err == nil && i == 0 {
			list.Start = start
		}
		one := ast.NewListItem(2)
		w.items(one, n.Children)
		if first := one.FirstChild(); n.Status != "" && first != nil && first.Type() == ast.TypeBlock {
			first.InsertBefore(first, first.FirstChild(), extast.NewTaskCheckBox(n.Status == "X"))
		}
		list.AppendChild(list, one)
	}
	parent.AppendChild(parent, list)
}

// items adds what is in an item of a list: a paragraph there has no tags.
func (w *orgWriter) items(parent ast.Node, nodes []org.Node) {
	for _, node := range nodes {
		if p, ok := node.(org.Paragraph); ok {
			block := ast.NewTextBlock()
			w.inlines(block, p.Children)
			if line, ok := w.firstSegment(block); ok {
				block.Lines().Append(line)
			}
			parent.AppendChild(parent, block)
			continue
		}
		w.block(parent, node)
	}
}

func (w *orgWriter) table(parent ast.Node, t org.Table) {
	table := extast.NewTable()
	for _, info := range t.ColumnInfos {
		alignment := map[string]extast.Alignment{"left": extast.AlignLeft, "center": extast.AlignCenter, "right": extast.AlignRight}[info.Align]
		if info.Align == "" {
			alignment = extast.AlignNone
		}
		table.Alignments = append(table.Alignments, alignment)
	}
	hasHead := len(t.SeparatorIndices) > 0 && t.SeparatorIndices[0] != 0
	for i, row := range t.Rows {
		if len(row.Columns) == 0 || row.IsSpecial {
			continue
		}
		line := extast.NewTableRow(table.Alignments)
		for j, column := range row.Columns {
			cell := extast.NewTableCell()
			if j < len(table.Alignments) {
				cell.Alignment = table.Alignments[j]
			}
			w.inlines(cell, column.Children)
			line.AppendChild(line, cell)
		}
		if hasHead && i < t.SeparatorIndices[0] && table.FirstChild() == nil {
			table.AppendChild(table, extast.NewTableHeader(line))
			continue
		}
		table.AppendChild(table, line)
	}
	parent.AppendChild(parent, table)
}

func (w *orgWriter) namedBlock(parent ast.Node, b org.Block) {
	parameters := b.ParameterMap()
	exports := parameters[":exports"]
	switch b.Name {
	case "SRC":
		if exports != "results" && exports != "none" {
			language := ""
			if len(b.Parameters) > 0 {
				language = strings.ToLower(b.Parameters[0])
			}
			w.code(parent, language, w.content(b.Children))
		}
	case "EXAMPLE", "VERSE":
		w.code(parent, "", w.content(b.Children))
	case "EXPORT":
		if len(b.Parameters) > 0 && strings.EqualFold(b.Parameters[0], "html") {
			w.html(parent, w.content(b.Children))
		}
	case "QUOTE":
		quote := ast.NewBlockquote()
		w.blocks(quote, b.Children)
		parent.AppendChild(parent, quote)
	default:
		w.blocks(parent, b.Children)
	}
	if b.Result != nil && exports != "code" && exports != "none" {
		w.block(parent, b.Result)
	}
}

// content is the text of a block as it was written.
func (w *orgWriter) content(nodes []org.Node) string {
	var b strings.Builder
	for _, node := range nodes {
		switch n := node.(type) {
		case org.Text:
			b.WriteString(n.Content)
		case org.LineBreak:
			b.WriteString(strings.Repeat("\n", n.Count))
		default:
			b.WriteString(org.String(node))
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// code adds a block of code.
func (w *orgWriter) code(parent ast.Node, language, content string) {
	var info *ast.Text
	if language != "" {
		info = ast.NewTextSegment(w.segment(language))
	}
	block := ast.NewFencedCodeBlock(info)
	for line := range strings.Lines(content) {
		block.Lines().Append(w.segment(line))
	}
	parent.AppendChild(parent, block)
}

// html adds HTML, which is let through or left out like that in Markdown.
func (w *orgWriter) html(parent ast.Node, content string) {
	block := ast.NewHTMLBlock(ast.HTMLBlockType6)
	block.Lines().Append(w.segment(content))
	parent.AppendChild(parent, block)
}

// text adds a text as it is.
func (w *orgWriter) text(parent ast.Node, s string) {
	if s == "" {
		return
	}
	t := ast.NewTextSegment(w.segment(s))
	t.SetRaw(true)
	parent.AppendChild(parent, t)
}

// footnotes adds the list of those that are referred to.
func (w *orgWriter) footnotes(parent ast.Node) {
	list := extast.NewFootnoteList()
	for i := 0; i < len(w.notes); i++ { // a note may refer to others
		note := extast.NewFootnote([]byte(w.notes[i].name))
		note.Index = i + 1
		if d := w.notes[i].definition; d != nil {
			w.blocks(note, d.Children)
		}
		last := note.LastChild()
		if last == nil || last.Kind() != ast.KindParagraph {
			last = ast.NewParagraph()
			note.AppendChild(note, last)
		}
		last.AppendChild(last, extast.NewFootnoteBacklink(i+1))
		list.AppendChild(list, note)
	}
	if list.Count = len(w.notes); list.Count > 0 {
		parent.AppendChild(parent, list)
	}
}

// value is what the library writes for a node, as a text.
func (w *orgWriter) value(node org.Node) string {
	return html.UnescapeString(tagInText.ReplaceAllString(w.values.WriteNodesAsString(node), ""))
}
