package render

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// structure is the tree of a page as lines: elements with what other pages and style
// sheets know of them (id, class, address), and the text between them. What icecap adds
// for readers (boxes around tables, links of headings, colours of code), how notes are
// numbered, and parents that HTML lets out are not in it.
func structure(page string) []string {
	nodes, err := html.ParseFragment(strings.NewReader(anchorPattern.ReplaceAllString(page, "")), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return []string{err.Error()}
	}
	var b strings.Builder
	for _, n := range nodes {
		writeStructure(&b, n)
	}
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// ownClasses are those that only one of both tools gives.
var ownClasses = regexp.MustCompile(`^(?:footnote.*|reversefootnote|language-.*|highlighter-.*|highlight|chroma|task-list.*|math|display|inline|kdmath|table)$`)

func writeStructure(b *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		b.WriteString(mathMarks.Replace(strings.ReplaceAll(n.Data, "\n", " ")))
	}
	if n.Type != html.ElementNode {
		return
	}
	var attributes []string
	class := ""
	for _, a := range n.Attr {
		switch a.Key {
		case "class":
			class = a.Val
			own := slices.DeleteFunc(strings.Fields(a.Val), func(word string) bool { return ownClasses.MatchString(word) })
			if len(own) > 0 {
				attributes = append(attributes, "class="+strings.Join(own, " "))
			}
		case "id", "href", "src", "title":
			if !strings.HasPrefix(strings.TrimPrefix(a.Val, "#"), "fn") {
				value, err := url.PathUnescape(a.Val)
				if err != nil {
					value = a.Val
				}
				attributes = append(attributes, a.Key+"="+value)
			}
		}
	}
	slices.Sort(attributes)
	switch {
	case n.Data == "pre" || n.Data == "code":
		b.WriteString("\n<" + n.Data + ">" + strings.Join(strings.Fields(textOf(n)), " ") + "\n")
		return
	case class == "footnote-backref" || class == "reversefootnote" || n.Data == "input" || isNotesRule(n):
		return
	case n.Data == "tbody" || strings.HasPrefix(class, "math ") || class == "kdmath" || class == "table" || strings.HasPrefix(class, "highlight") || strings.HasPrefix(class, "language-"):
	default:
		b.WriteString("\n<" + strings.Join(append([]string{n.Data}, attributes...), " ") + ">\n")
		defer b.WriteString("\n</" + n.Data + ">\n")
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		writeStructure(b, child)
	}
}

// textOf is all text in a node.
func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		b.WriteString(textOf(child))
	}
	return b.String()
}

// isNotesRule finds the rule above the notes.
func isNotesRule(n *html.Node) bool {
	return n.Data == "hr" && n.Parent != nil && slices.ContainsFunc(n.Parent.Attr, func(a html.Attribute) bool { return a.Key == "class" && a.Val == "footnotes" })
}
