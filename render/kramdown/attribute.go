package kramdown

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// An attribute is one of a list; a reference, and "toc", has no value.
type attribute struct{ name, value string }

var attributePattern = regexp.MustCompile(`\s*(?:((?:[.#][^\s.#{}"'=]+)+)|([\w:-]+)=(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"'{}]+))|:?([\w-]+)|\S)`)

// parseAttributes reads a list. Names stand for the attributes that the text gives them
// elsewhere.
func parseAttributes(text string, names map[string]string) (list []attribute) {
	for _, m := range attributePattern.FindAllStringSubmatch(text, 100) {
		switch {
		case m[1] != "":
			for _, part := range signs.FindAllString(m[1], -1) {
				name := "class"
				if part[0] == '#' {
					name = "id"
				}
				list = append(list, attribute{name, part[1:]})
			}
		case m[2] != "":
			value := strings.ReplaceAll(m[3], `\"`, `"`) + strings.ReplaceAll(m[4], `\'`, `'`) + m[5]
			list = append(list, attribute{m[2], strings.ReplaceAll(value, `\}`, `}`)})
		case m[6] != "":
			if named, ok := names[m[6]]; ok {
				list = append(list, parseAttributes(named, nil)...)
			} else {
				list = append(list, attribute{m[6], ""})
			}
		}
	}
	return list
}

var signs = regexp.MustCompile(`[.#][^.#]+`)

// setAttributes gives attributes to a node; classes are added to those it has. Scripts
// in them are left out.
func setAttributes(node ast.Node, list []attribute) {
	for _, a := range list {
		if a.value == "" || strings.HasPrefix(strings.ToLower(a.name), "on") {
			continue
		}
		value := a.value
		if before, ok := node.AttributeString(a.name); ok && a.name == "class" {
			if b, ok := before.([]byte); ok {
				value = string(b) + " " + value
			}
		}
		node.SetAttributeString(a.name, []byte(value))
	}
}

// attribute gives the blocks their lists, once all names are known. Of the lists that
// say {:toc} the first is the place for the table of contents.
func (b *blocks) attribute(document ast.Node) {
	var nodes []ast.Node
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && len(b.own[node]) > 0 {
			nodes = append(nodes, node)
		}
		return ast.WalkContinue, nil
	})
	for _, node := range nodes {
		var list []attribute
		for _, text := range b.own[node] {
			list = append(list, parseAttributes(text, b.attributes)...)
		}
		if !b.attributeTag(node, list) {
			setAttributes(node, list)
		}
		if node.Kind() == ast.KindList && b.contents == nil && slices.Contains(list, attribute{"toc", ""}) {
			b.contents = node
		}
	}
	if b.contents != nil {
		place := &Contents{Ordered: b.contents.(*ast.List).IsOrdered(), Levels: b.tocLevels}
		b.contents.Parent().ReplaceChild(b.contents.Parent(), b.contents, place)
	}
}
