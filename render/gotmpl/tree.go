package gotmpl

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"text/template/parse"
)

// A reader brings the trees of a template and its partials into the form that is run.
type reader struct {
	template *Template
	partials Source
	depth    int
}

// maxPartials bounds partials within partials.
const maxPartials = 20

// add parses a file under a name.
func (r *reader) add(name, file string, text []byte) error {
	if len(text) > MaxFile {
		return &Unsupported{file, 1, fmt.Sprintf("it has more than %d KiB", MaxFile>>10)}
	}
	if r.depth == maxPartials {
		return &Unsupported{file, 1, "partials lie in one another too deep"}
	}
	r.depth++
	defer func() { r.depth-- }()
	t := r.template
	t.files[name] = file
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	set := map[string]*parse.Tree{}
	if _, err := tree.Parse(string(text), "", "", set); err != nil {
		return t.explain(err)
	}
	if set[name] == nil {
		set[name] = tree // an empty file
	}
	for defined, each := range set {
		if t.trees[defined] != nil && defined != name {
			return &Unsupported{file, 1, fmt.Sprintf("the template %q is there twice", defined)}
		}
		t.trees[defined] = each
	}
	for _, each := range set {
		if each.Root == nil {
			continue
		}
		w := walker{reader: r, file: file, text: string(text), tree: each}
		if err := w.list(each.Root); err != nil {
			return err
		}
		each.Root.Nodes = append([]parse.Node{tick(tickCall, each.Root)}, each.Root.Nodes...)
	}
	return nil
}

// The functions that count.
const (
	tickCall = "_call"
	tickTurn = "_turn"
)

// tick is a node that writes nothing and costs as much as the body it stands in is long.
func tick(name string, body *parse.ListNode) parse.Node {
	size := int64(1 + len(body.String())/16)
	number := &parse.NumberNode{NodeType: parse.NodeNumber, IsInt: true, Int64: size, Text: strconv.FormatInt(size, 10)}
	call := &parse.CommandNode{NodeType: parse.NodeCommand, Args: []parse.Node{parse.NewIdentifier(name), number}}
	// A declaration, because html/template lets it be in any context.
	unused := &parse.VariableNode{NodeType: parse.NodeVariable, Ident: []string{"$_tick"}}
	return &parse.ActionNode{NodeType: parse.NodeAction, Line: 1, Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Line: 1, Decl: []*parse.VariableNode{unused}, Cmds: []*parse.CommandNode{call}}}
}

// A walker goes through one tree.
type walker struct {
	*reader
	file string
	text string
	tree *parse.Tree
}

func (w *walker) unsupported(n parse.Node, format string, args ...any) error {
	line := 1 + strings.Count(w.text[:min(int(n.Position()), len(w.text))], "\n")
	return &Unsupported{w.file, line, fmt.Sprintf(format, args...)}
}

func (w *walker) list(l *parse.ListNode) error {
	if l == nil {
		return nil
	}
	for _, n := range l.Nodes {
		if err := w.node(n); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) node(n parse.Node) error {
	switch n := n.(type) {
	case *parse.ActionNode:
		return w.pipe(n.Pipe)
	case *parse.IfNode:
		return w.branch(&n.BranchNode)
	case *parse.WithNode:
		return w.branch(&n.BranchNode)
	case *parse.RangeNode:
		if err := w.branch(&n.BranchNode); err != nil {
			return err
		}
		n.List.Nodes = append([]parse.Node{tick(tickTurn, n.List)}, n.List.Nodes...)
	case *parse.TemplateNode:
		if w.template.trees[n.Name] == nil {
			return w.unsupported(n, "it uses the template %q, which is none of this file", n.Name)
		}
		return w.pipe(n.Pipe)
	}
	return nil
}

func (w *walker) branch(b *parse.BranchNode) error {
	if err := w.pipe(b.Pipe); err != nil {
		return err
	}
	if err := w.list(b.List); err != nil {
		return err
	}
	return w.list(b.ElseList)
}

func (w *walker) pipe(p *parse.PipeNode) error {
	if p == nil {
		return nil
	}
	for _, cmd := range p.Cmds {
		if err := w.command(cmd); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) command(cmd *parse.CommandNode) error {
	for i, arg := range cmd.Args {
		changed, err := w.argument(arg)
		if err != nil {
			return err
		}
		cmd.Args[i] = changed
	}
	if id, ok := cmd.Args[0].(*parse.IdentifierNode); ok && (id.Ident == "partial" || id.Ident == "partialCached") {
		return w.partial(cmd)
	}
	return nil
}

// partial reads the partial that a command includes, whose name must stand there.
func (w *walker) partial(cmd *parse.CommandNode) error {
	if len(cmd.Args) < 2 {
		return w.unsupported(cmd, "partial has no name")
	}
	name, ok := cmd.Args[1].(*parse.StringNode)
	if !ok {
		return w.unsupported(cmd, "the name of a partial is not known before the template is run")
	}
	key := "partial " + path.Clean(strings.TrimSuffix(strings.TrimPrefix(name.Text, "/"), ".html"))
	if w.reader.template.trees[key] == nil {
		var file string
		var text []byte
		if w.partials != nil {
			file, text, ok = w.partials(strings.TrimPrefix(key, "partial ") + ".html")
		}
		if w.partials == nil || !ok {
			return w.unsupported(cmd, "there is no partial %q", name.Text)
		}
		w.reader.template.trees[key] = parse.New(key) // it may include itself
		if err := w.add(key, file, text); err != nil {
			return err
		}
	}
	name.Text, name.Quoted = key, fmt.Sprintf("%q", key)
	return nil
}

// wide are the names by which a template asks for more than its page.
var wide = map[string]bool{"Site": true, "site": true, "Data": true, "Pages": true, "RegularPages": true, "AllPages": true, "GetPage": true, "ref": true, "relref": true, "Ref": true, "RelRef": true,
	"Parent": true, "CurrentSection": true, "FirstSection": true, "Sections": true, "Resources": true}

// argument looks at one, and gives it the form in which it is run.
func (w *walker) argument(n parse.Node) (parse.Node, error) {
	switch n := n.(type) {
	case *parse.PipeNode:
		return n, w.pipe(n)
	case *parse.IdentifierNode:
		return n, w.function(n, n.Ident)
	case *parse.FieldNode:
		w.fields(n.Ident)
	case *parse.VariableNode:
		w.fields(n.Ident[1:])
	case *parse.ChainNode:
		w.fields(n.Field)
		if id, ok := n.Node.(*parse.IdentifierNode); ok && namespaces[id.Ident] {
			long := id.Ident + "." + n.Field[0]
			if err := w.function(n, long); err != nil {
				return nil, err
			}
			call := parse.NewIdentifier(mangled(long)).SetPos(n.Position())
			if len(n.Field) == 1 {
				return call, nil
			}
			n.Node, n.Field = call, n.Field[1:]
			return n, nil
		}
		inner, err := w.argument(n.Node)
		n.Node = inner
		return n, err
	}
	return n, nil
}

// mangled is the name of a function of a namespace that Go's templates take.
func mangled(name string) string { return strings.ReplaceAll(name, ".", "_") }

// function holds a name to those there are.
func (w *walker) function(n parse.Node, name string) error {
	if wide[name] {
		w.reader.template.Wide = true
	}
	if known(name) {
		return nil
	}
	return w.unsupported(n, "it uses %q, which is not known here", name)
}

// fields writes keys of parameters in lower case, as they are kept.
func (w *walker) fields(idents []string) {
	params := false
	for i, ident := range idents {
		if params {
			idents[i] = strings.ToLower(ident)
		}
		params = params || ident == "Params"
		t := w.reader.template
		t.Wide, t.Inner = t.Wide || wide[ident], t.Inner || ident == "Inner" || ident == "InnerDeindent"
	}
}
