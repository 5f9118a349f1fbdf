package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// What is wrong with a formula or a diagram shows in the browser, where its writer may
// not look. What can be told without the two scripts is a warning of the build.

// doubtMath looks at a formula.
func (c *conversion) doubtMath(n ast.Node, tex []byte) {
	if what := texDoubt(string(tex)); what != "" {
		c.warn(c.problemIn(c.lineOf(n), what, ""))
	}
}

// texDoubt says which of the pairs of TeX is not closed: braces, \begin and \end, \left
// and \right. It is "" where all are.
func texDoubt(tex string) string {
	var open []string // what has to end: "}", the names of environments, "\right"
	closing := func(what string) string {
		if len(open) == 0 || open[len(open)-1] != what {
			return "a formula has " + what + " without its beginning"
		}
		open = open[:len(open)-1]
		return ""
	}
	for i := 0; i < len(tex); i++ {
		wrong := ""
		switch tex[i] {
		case '%': // a comment
			if i += strings.IndexByte(tex[i:]+"\n", '\n'); i > len(tex) {
				i = len(tex)
			}
		case '{':
			open = append(open, "}")
		case '}':
			wrong = closing("}")
		case '\\':
			name := texName(tex[i+1:])
			i += max(len(name), 1)
			switch name {
			case "left":
				open = append(open, `\right`)
			case "right":
				wrong = closing(`\right`)
			case "begin", "end":
				environment, rest, ok := strings.Cut(tex[i+1:], "}")
				environment, braced := strings.CutPrefix(strings.TrimLeft(environment, " "), "{")
				if !ok || !braced {
					return `a formula has \` + name + " without a name"
				}
				i = len(tex) - len(rest) - 1
				if name == "begin" {
					open = append(open, `\end{`+environment+"}")
				} else {
					wrong = closing(`\end{` + environment + "}")
				}
			}
		}
		if wrong != "" {
			return wrong
		}
	}
	if len(open) > 0 {
		return "a formula ends without " + open[len(open)-1]
	}
	return ""
}

// texName is the name of a command, of letters alone.
func texName(tex string) string {
	end := strings.IndexFunc(tex, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	if end < 0 {
		end = len(tex)
	}
	return tex[:end]
}

// diagrams are the words with which those of Mermaid 11.17 begin, without "-beta" and the like.
var diagrams = []string{
	"architecture", "block", "classDiagram", "cynefin", "erDiagram", "flowchart", "gantt", "gitGraph", "graph", "info", "ishikawa", "journey", "kanban",
	"mindmap", "packet", "pie", "quadrantChart", "radar", "railroad", "requirement", "sankey", "sequenceDiagram", "stateDiagram", "swimlane", "timeline", "treemap", "treeView",
	"venn", "wardley", "xychart", "C4Component", "C4Container", "C4Context", "C4Deployment", "C4Dynamic", "eventmodeling",
}

// doubtDiagram looks at the first word of a diagram: behind front matter, directives and
// comments.
func (c *conversion) doubtDiagram(n *ast.FencedCodeBlock) {
	front := false
	for line := range strings.Lines(string(n.Lines().Value(c.source))) {
		line = strings.TrimSpace(line)
		switch {
		case line == "---":
			front = !front
			continue
		case front, line == "", strings.HasPrefix(line, "%%"):
			continue
		}
		word := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '-' || r == ':' || r == ';' || r == '\t' })
		if len(word) == 0 || !slices.ContainsFunc(diagrams, func(known string) bool { return strings.HasPrefix(word[0], known) }) {
			c.warn(c.problemIn(c.lineOf(n), fmt.Sprintf("a diagram begins with %q, which is none of Mermaid's", strings.SplitN(line, " ", 2)[0]), ""))
		}
		return
	}
	c.warn(c.problemIn(c.lineOf(n), "a diagram is empty", ""))
}
