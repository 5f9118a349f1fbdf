package render

import (
	"fmt"
	"html/template"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// accessible writes what goldmark's GFM leaves out for people who use no mouse
// or see no screen: a wide table scrolls in a box of its own, which the keyboard
// reaches, and the box of a task says which state it is in.
type accessible struct{ word func(string) string }

// RegisterFuncs makes it the renderer of tables and tasks.
func (a accessible) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(extast.KindTable, renderTable)
	r.Register(extast.KindTaskCheckBox, a.renderTask)
}

func renderTable(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</table></div>\n")
		return ast.WalkContinue, err
	}
	_, _ = w.WriteString("<div class=\"table\" tabindex=\"0\"><table")
	html.RenderAttributes(w, node, extension.TableAttributeFilter)
	_, err := w.WriteString(">\n")
	return ast.WalkContinue, err
}

func (a accessible) renderTask(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	state, checked := "to do", ""
	if node.(*extast.TaskCheckBox).IsChecked {
		state, checked = "done", " checked"
	}
	_, err := fmt.Fprintf(w, `<input type="checkbox" disabled%s aria-label="%s"> `, checked, template.HTMLEscapeString(a.word(state)))
	return ast.WalkContinue, err
}
