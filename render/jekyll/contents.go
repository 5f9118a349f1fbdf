package jekyll

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A contents is what jekyll-toc is told of its lists, and the headings that it found.
type contents struct {
	tag, id, class, subclass, item, prefix string
	lowest, highest                        int
	without                                []string // classes of elements whose headings do not count
	found                                  []contentsEntry
	ids                                    map[string]int
}

type contentsEntry struct {
	node     *html.Node
	id, text string
	level    int
}

// Contents is the table of contents that the plugin jekyll-toc makes of HTML, and the
// HTML with a link to itself in each heading; told is its part of the configuration.
func Contents(text string, told any) (list, anchored string) {
	c := newContents(table(told))
	nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return "", text
	}
	for _, n := range nodes {
		c.find(n)
	}
	list = "<" + c.tag + ` id="` + html.EscapeString(c.id) + `" class="` + html.EscapeString(c.class) + "\">\n" + c.list(c.found) + "</" + c.tag + ">"
	for _, e := range c.found {
		anchor := &html.Node{Type: html.ElementNode, Data: "a", DataAtom: atom.A, Attr: []html.Attribute{{Key: "class", Val: "anchor"}, {Key: "href", Val: "#" + e.id}, {Key: "aria-hidden", Val: "true"}}}
		anchor.AppendChild(&html.Node{Type: html.ElementNode, Data: "span", DataAtom: atom.Span, Attr: []html.Attribute{{Key: "class", Val: "octicon octicon-link"}}})
		e.node.InsertBefore(anchor, e.node.FirstChild)
	}
	var b strings.Builder
	for _, n := range nodes {
		_ = html.Render(&b, n) // into memory
	}
	return list, b.String()
}

func newContents(told map[string]any) *contents {
	of := func(key, usual string) string {
		if value, ok := told[key]; ok {
			return Text(value)
		}
		return usual
	}
	c := &contents{
		tag: "ul", id: of("list_id", "toc"), class: of("list_class", "section-nav"), subclass: of("sublist_class", ""), item: of("item_class", "toc-entry"), prefix: of("item_prefix", "toc-"),
		lowest: cmp.Or(number(told["min_level"]), 1), highest: cmp.Or(number(told["max_level"]), 6), ids: map[string]int{},
	}
	if told["ordered_list"] == true {
		c.tag = "ol"
	}
	if c.without = texts(told["no_toc_section_class"]); c.without == nil {
		c.without = []string{"no_toc_section"}
	}
	return c
}

// find looks for headings in a part.
func (c *contents) find(n *html.Node) {
	classes := strings.Fields(attributeOf(n, "class"))
	if level := headingLevel(n); level >= c.lowest && level <= c.highest && !slices.Contains(classes, "no_toc") {
		text := textOf(n)
		id := attributeOf(n, "id")
		if id == "" {
			id = url.QueryEscape(strings.ReplaceAll(noWords.ReplaceAllString(strings.ToLower(text), ""), " ", "-"))
		}
		times := c.ids[id]
		if c.ids[id]++; times > 0 {
			id += "-" + strconv.Itoa(times)
		}
		c.found = append(c.found, contentsEntry{n, id, text, level})
	}
	if slices.ContainsFunc(classes, func(class string) bool { return slices.Contains(c.without, class) }) {
		return
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		c.find(child)
	}
}

var noWords = regexp.MustCompile(`[^\pL\pM\p{Nd}\p{Pc}\- ]`)

// headingLevel is 1 to 6, or 0 for what is no heading.
func headingLevel(n *html.Node) int {
	if n.Type != html.ElementNode || len(n.Data) != 2 || n.Data[0] != 'h' || n.Data[1] < '1' || n.Data[1] > '6' {
		return 0
	}
	return int(n.Data[1] - '0')
}

func attributeOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

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

// list is the items of headings: those of the highest level, with those up to the next in
// a list within. Those before the first of it stand in the same list.
func (c *contents) list(found []contentsEntry) string {
	var b strings.Builder
	highest := 7
	for _, e := range found {
		highest = min(highest, e.level)
	}
	for i := 0; i < len(found); {
		e := found[i]
		end := i
		if e.level == highest {
			end++
		}
		begin := end
		for end < len(found) && found[end].level > highest {
			end++
		}
		if e.level > highest {
			b.WriteString(c.list(found[i:end]))
			i = end
			continue
		}
		b.WriteString(`<li class="` + html.EscapeString(c.item+" "+c.prefix) + "h" + strconv.Itoa(e.level) + `"><a href="#` + html.EscapeString(e.id) + `">` + html.EscapeString(e.text) + "</a>")
		if begin < end {
			class := ""
			if c.subclass != "" {
				class = ` class="` + html.EscapeString(c.subclass) + `"`
			}
			b.WriteString("\n<" + c.tag + class + ">\n" + c.list(found[begin:end]) + "</" + c.tag + ">\n")
		}
		b.WriteString("</li>\n")
		i = end
	}
	return b.String()
}
