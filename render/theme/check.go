package theme

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

// A checker follows the types of the contract through templates, so that a field
// that is not there is found at once, also in a branch that no page takes yet.
type checker struct {
	theme *Theme
	trees map[string]*parse.Tree
	seen  map[visit]bool
}

// A visit is a template with the type of its dot.
type visit struct {
	template string
	dot      reflect.Type
}

// A scope is what is known at one place of a template. A nil type is one that
// nothing is known of: a value of the front matter.
type scope struct {
	tree *parse.Tree
	dot  reflect.Type
	vars map[string]reflect.Type
}

func (s scope) with(dot reflect.Type) scope {
	return scope{s.tree, dot, maps.Clone(s.vars)}
}

// template checks a template for a type of its dot, once.
func (c *checker) template(name string, dot reflect.Type) error {
	tree := c.trees[name]
	if tree == nil || c.seen[visit{name, dot}] {
		return nil // what no file defines is said when templates are put together
	}
	c.seen[visit{name, dot}] = true
	return c.node(scope{tree, dot, map[string]reflect.Type{"$": dot}}, tree.Root)
}

func (c *checker) node(s scope, node parse.Node) error {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			if err := c.node(s, child); err != nil {
				return err
			}
		}
	case *parse.ActionNode:
		_, err := c.pipe(s, n.Pipe)
		return err
	case *parse.IfNode:
		return c.branch(s, &n.BranchNode, false)
	case *parse.WithNode:
		return c.branch(s, &n.BranchNode, true)
	case *parse.RangeNode:
		return c.loop(s, n)
	case *parse.TemplateNode:
		if c.trees[n.Name] == nil {
			return c.theme.faultAt(s.tree, n, "there is no template %q", n.Name)
		}
		var dot reflect.Type
		if n.Pipe != nil {
			var err error
			if dot, err = c.pipe(s, n.Pipe); err != nil {
				return err
			}
		}
		return c.template(n.Name, dot)
	}
	return nil
}

func (c *checker) branch(s scope, n *parse.BranchNode, moves bool) error {
	inner := s.with(s.dot)
	t, err := c.pipe(inner, n.Pipe)
	if err != nil {
		return err
	}
	other := inner.with(s.dot)
	if moves {
		inner.dot = t
	}
	if err := c.node(inner, n.List); err != nil {
		return err
	}
	return c.node(other, n.ElseList)
}

func (c *checker) loop(s scope, n *parse.RangeNode) error {
	inner := s.with(s.dot)
	t, err := c.pipe(inner, n.Pipe)
	if err != nil {
		return err
	}
	var key, element reflect.Type
	if t == nil || t.Kind() == reflect.Interface {
		guard(s.tree, n.Pipe) // only the value will show what it is
	} else {
		switch t.Kind() {
		case reflect.Slice, reflect.Array:
			key, element = reflect.TypeFor[int](), t.Elem()
		case reflect.Map:
			key, element = t.Key(), t.Elem()
		default:
			// Numbers, too: a loop that only counts could go on for ever.
			return c.theme.faultAt(s.tree, n, "range goes over lists and tables, not over a %s", t)
		}
	}
	switch decl := n.Pipe.Decl; len(decl) {
	case 1:
		inner.vars[decl[0].Ident[0]] = element
	case 2:
		inner.vars[decl[0].Ident[0]], inner.vars[decl[1].Ident[0]] = key, element
	}
	inner.dot = element
	if err := c.node(inner, n.List); err != nil {
		return err
	}
	return c.node(s.with(s.dot), n.ElseList)
}

// itemsName is a function that a template cannot name, because it is no word of the
// contract: it refuses what range must not go over.
const itemsName = "_items"

// guard sends what a range goes over through items, once.
func guard(tree *parse.Tree, pipe *parse.PipeNode) {
	last := pipe.Cmds[len(pipe.Cmds)-1]
	if name, ok := last.Args[0].(*parse.IdentifierNode); ok && name.Ident == itemsName {
		return
	}
	call := parse.NewIdentifier(itemsName).SetTree(tree).SetPos(pipe.Pos)
	pipe.Cmds = append(pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pipe.Pos, Args: []parse.Node{call}})
}

// items passes on lists, tables and nothing. To count to a number could take for ever.
func items(value any) (any, error) {
	switch kind := reflect.ValueOf(value).Kind(); kind {
	case reflect.Invalid, reflect.Slice, reflect.Array, reflect.Map:
		return value, nil
	default:
		return nil, fmt.Errorf("range goes over lists and tables, not over a %s", kind)
	}
}

// pipe is the type of a pipeline's value.
func (c *checker) pipe(s scope, pipe *parse.PipeNode) (t reflect.Type, err error) {
	for _, command := range pipe.Cmds {
		if t, err = c.command(s, command); err != nil {
			return nil, err
		}
	}
	for _, v := range pipe.Decl {
		if before, ok := s.vars[v.Ident[0]]; pipe.IsAssign && ok && before != t {
			s.vars[v.Ident[0]] = nil
			continue
		}
		s.vars[v.Ident[0]] = t
	}
	return t, nil
}

func (c *checker) command(s scope, n *parse.CommandNode) (reflect.Type, error) {
	types := make([]reflect.Type, len(n.Args))
	for i, arg := range n.Args {
		var err error
		if types[i], err = c.operand(s, arg); err != nil {
			return nil, err
		}
	}
	if function, ok := n.Args[0].(*parse.IdentifierNode); ok {
		return c.call(s, n, function.Ident, types[1:])
	}
	return types[0], nil
}

// operand is the type of one word of a command.
func (c *checker) operand(s scope, node parse.Node) (reflect.Type, error) {
	switch n := node.(type) {
	case *parse.DotNode:
		return s.dot, nil
	case *parse.FieldNode:
		return c.fields(s, n, s.dot, n.Ident)
	case *parse.VariableNode:
		return c.fields(s, n, s.vars[n.Ident[0]], n.Ident[1:])
	case *parse.ChainNode:
		t, err := c.operand(s, n.Node)
		if err != nil {
			return nil, err
		}
		return c.fields(s, n, t, n.Field)
	case *parse.PipeNode:
		return c.pipe(s, n)
	case *parse.StringNode:
		return reflect.TypeFor[string](), nil
	case *parse.BoolNode:
		return reflect.TypeFor[bool](), nil
	case *parse.NumberNode:
		return reflect.TypeFor[int](), nil
	}
	return nil, nil
}

// call is the type of what a function gives, where a field of it can be asked for.
func (c *checker) call(s scope, n *parse.CommandNode, name string, args []reflect.Type) (reflect.Type, error) {
	switch name {
	case "and", "or":
		for _, t := range args {
			if t != args[0] {
				return nil, nil
			}
		}
		if len(args) > 0 {
			return args[0], nil
		}
	case "index":
		if len(args) > 0 && args[0] != nil && slices.Contains([]reflect.Kind{reflect.Slice, reflect.Map}, args[0].Kind()) {
			return args[0].Elem(), nil
		}
	case "contract":
		if number, ok := n.Args[len(n.Args)-1].(*parse.NumberNode); ok && number.IsInt {
			if _, err := needContract(int(number.Int64)); err != nil {
				return nil, c.theme.faultAt(s.tree, n, "%w", err)
			}
		}
	}
	if f, ok := c.theme.functions()[name]; ok {
		return reflect.TypeOf(f).Out(0), nil
	}
	return nil, nil
}

// fields follows names from a type on.
func (c *checker) fields(s scope, node parse.Node, t reflect.Type, names []string) (reflect.Type, error) {
	for _, name := range names {
		next, err := field(t, name)
		if err != nil {
			return nil, c.theme.faultAt(s.tree, node, "%w", err)
		}
		t = next
	}
	return t, nil
}

var errNoFields = errors.New("has no fields")

// field is the type of a field, a method or an entry of a table.
func field(t reflect.Type, name string) (reflect.Type, error) {
	if t == nil || t.Kind() == reflect.Interface {
		return nil, nil
	}
	base := t
	if base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	if m, ok := reflect.PointerTo(base).MethodByName(name); ok {
		return m.Type.Out(0), nil
	}
	switch base.Kind() {
	case reflect.Map:
		return base.Elem(), nil
	case reflect.Struct:
		if f, ok := base.FieldByName(name); ok && f.IsExported() {
			return f.Type, nil
		}
		return nil, fmt.Errorf("there is no %s in a %s: it has %s", name, base.Name(), strings.Join(fieldNames(base), ", "))
	}
	return nil, fmt.Errorf("there is no %s in a %s: it %w", name, t, errNoFields)
}

func fieldNames(t reflect.Type) (names []string) {
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() && !f.Anonymous {
			names = append(names, f.Name)
		}
	}
	for i := range reflect.PointerTo(t).NumMethod() {
		names = append(names, reflect.PointerTo(t).Method(i).Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
