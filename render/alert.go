package render

import (
	"bytes"
	"cmp"
	"html/template"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// alerts are GitHub's, with their titles.
var alerts = map[string]string{"NOTE": "Note", "TIP": "Tip", "IMPORTANT": "Important", "WARNING": "Warning", "CAUTION": "Caution"}

// alert marks a quotation that begins with a line such as [!NOTE].
func (c *conversion) alert(n *ast.Blockquote) {
	p, ok := n.FirstChild().(*ast.Paragraph)
	if !ok || p.Lines().Len() == 0 {
		return
	}
	line := p.Lines().At(0)
	text := string(bytes.TrimSpace(line.Value(c.source)))
	word, title, fold, ok := callout(text)
	if !ok || !c.blog.snapshot.obsidian() && c.blog.dialect.tool != "Hugo" && !strings.EqualFold(text, "[!"+word+"]") {
		return
	}
	head := c.takeLine(p, line, line.Start+bytes.IndexByte(line.Value(c.source), ']')+1)
	if p.ChildCount() == 0 {
		n.RemoveChild(n, p)
	}
	n.SetAttributeString("class", []byte("alert alert-"+strings.ToLower(word)))
	if c.blog.dialect.tool == "Hugo" && title != "" && fold == 0 && head.ChildCount() > 0 {
		head.SetAttributeString("class", []byte("alert-title"))
		n.InsertBefore(n, n.FirstChild(), head)
		return
	}
	c.alertTitle(n, title, fold, cmp.Or(title, c.blog.of(c.post).voice.Word(alerts[word])))
}

// takeLine takes the first line out of a paragraph: it is a paragraph of what stands
// from a place in it on.
func (c *conversion) takeLine(p *ast.Paragraph, line text.Segment, from int) *ast.Paragraph {
	head := ast.NewParagraph()
	end := line.TrimRightSpace(c.source).Stop
	for child := p.FirstChild(); child != nil; {
		next := child.NextSibling()
		p.RemoveChild(p, child)
		t, ok := child.(*ast.Text)
		if ok && head.ChildCount() == 0 {
			rest := t.Segment.WithStart(min(max(from, t.Segment.Start), t.Segment.Stop))
			t.Segment = rest.TrimLeftSpace(c.source)
		}
		if !ok || t.Segment.Len() > 0 {
			head.AppendChild(head, child)
		}
		if ok && (t.Segment.Stop >= end || t.SoftLineBreak()) {
			t.SetSoftLineBreak(false)
			break
		}
		child = next
	}
	return head
}

// alertTitle puts the title above an alert. One that its reader may fold is closed
// or open at first.
func (c *conversion) alertTitle(n *ast.Blockquote, markup string, fold byte, title string) {
	text := template.HTML(template.HTMLEscapeString(title))
	if strings.ContainsAny(markup, "[*_`=~$") && !strings.Contains(markup, shortMark) {
		inline, err := c.inline(markup, c.lineOf(n))
		if err != nil {
			c.problem(n, err.Error(), "")
		}
		text = inline
	}
	open, end := `<p class="alert-title">`, "</p>\n"
	switch fold {
	case '-':
		open, end = `<details><summary class="alert-title">`, "</summary>\n"
	case '+':
		open, end = `<details open><summary class="alert-title">`, "</summary>\n"
	}
	head := ast.NewString([]byte(open + string(text) + end))
	head.SetCode(true)
	n.InsertBefore(n, n.FirstChild(), head)
	if fold != 0 {
		tail := ast.NewString([]byte("</details>\n"))
		tail.SetCode(true)
		n.AppendChild(n, tail)
	}
}
