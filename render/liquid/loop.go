package liquid

import (
	"slices"
	"strings"
)

type forNode struct {
	at
	variable                   string
	list, limit, offset, width expression
	reversed                   bool
	table                      bool
	nodes, otherwise           []node
}

func parseFor(p *parser, t token) (node, error) {
	n, err := p.forHead(t)
	if err != nil {
		return nil, err
	}
	if n.nodes, err = p.block([]string{"else", "endfor"}); err != nil {
		return nil, p.opened(err, t)
	}
	if p.next < len(p.tokens) && p.tokens[p.next].name == "else" {
		p.next++
		if n.otherwise, err = p.block([]string{"endfor"}); err != nil {
			return nil, p.opened(err, t)
		}
	}
	return n, p.end(t)
}

func parseTable(p *parser, t token) (node, error) {
	n, err := p.forHead(t)
	if err != nil {
		return nil, err
	}
	n.table = true
	n.nodes, err = p.body(t)
	return n, err
}

func (p *parser) forHead(t token) (*forNode, error) {
	n := &forNode{at: at(t.line)}
	w := &words{text: t.args}
	n.variable = w.name()
	var ok bool
	if n.variable == "" || !w.eat("in") {
		return nil, p.fail(t.line, "the loop %q cannot be read: write for NAME in LIST", firstWords(t.raw))
	}
	if n.list, ok = w.expression(); !ok {
		return nil, p.fail(t.line, "the list of the loop %q cannot be read", firstWords(t.raw))
	}
	options := map[string]*expression{"limit": &n.limit, "offset": &n.offset, "cols": &n.width}
	for loose := false; !w.done(); {
		w.eat(",")
		name := w.name()
		if name == "reversed" {
			n.reversed = true
			continue
		}
		valued := w.eat(":")
		if target := options[name]; target != nil && valued {
			if *target, ok = w.expression(); ok {
				continue
			}
		}
		if !loose {
			p.note(t, "the loop %q has more than limit, offset and reversed: that is left out, as in Jekyll", firstWords(t.raw))
		}
		loose = true
		if valued {
			w.looseValue()
		}
		if name == "" && w.at < len(w.text) {
			w.at++
		}
	}
	return n, nil
}

// chosen are the items that the loop goes over.
func (n *forNode) chosen(r *run) ([]any, error) {
	value := n.list.eval(r)
	if err := r.step(n.line(), size(value)); err != nil {
		return nil, err
	}
	list := items(value)
	if n.offset != nil {
		list = list[max(0, min(toInt(n.offset.eval(r)), int64(len(list)))):]
	}
	if n.limit != nil {
		if limit := n.limit.eval(r); limit != nil {
			list = list[:max(0, min(toInt(limit), int64(len(list))))]
		}
	}
	if n.reversed {
		list = slices.Clone(list)
		slices.Reverse(list)
	}
	return list, nil
}

func (n *forNode) run(r *run) error {
	list, err := n.chosen(r)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return r.nodes(n.otherwise)
	}
	helper := "forloop"
	if n.table {
		helper = "tablerowloop"
	}
	defer restore(r.scope, n.variable, helper)()
	outer := r.scope[helper]
	for i, item := range list {
		if err := r.step(n.line(), 1); err != nil {
			return err
		}
		r.scope[n.variable] = item
		r.scope[helper] = &loopDrop{i, len(list), outer}
		if err := n.once(r, i, len(list)); err != nil {
			return err
		}
		jumped := r.jump
		r.jump = onward
		if jumped == breaking {
			break
		}
	}
	return nil
}

// once writes an item, which is a cell of a table in tablerow.
func (n *forNode) once(r *run, i, of int) error {
	if !n.table {
		return r.nodes(n.nodes)
	}
	width := of
	if n.width != nil {
		width = int(max(1, min(toInt(n.width.eval(r)), int64(of))))
	}
	before, after := "", "</td>"
	if i%width == 0 {
		before = `<tr class="row` + Text(i/width+1) + `">`
	}
	if i%width == width-1 || i == of-1 {
		after += "</tr>\n"
	}
	if err := r.write(n.line(), before+`<td class="col`+Text(i%width+1)+`">`); err != nil {
		return err
	}
	if err := r.nodes(n.nodes); err != nil {
		return err
	}
	return r.write(n.line(), after)
}

// restore remembers variables, and gives them back when what it returns is called.
func restore(scope map[string]any, names ...string) func() {
	type variable struct {
		value any
		there bool
	}
	before := make([]variable, len(names))
	for i, name := range names {
		before[i].value, before[i].there = scope[name]
	}
	return func() {
		for i, name := range names {
			if before[i].there {
				scope[name] = before[i].value
			} else {
				delete(scope, name)
			}
		}
	}
}

// A loopDrop is forloop.
type loopDrop struct {
	index, of int
	outer     any
}

// Get is a field of forloop.
func (l *loopDrop) Get(key string) any {
	switch key {
	case "index":
		return int64(l.index + 1)
	case "index0":
		return int64(l.index)
	case "rindex":
		return int64(l.of - l.index)
	case "rindex0":
		return int64(l.of - l.index - 1)
	case "first":
		return l.index == 0
	case "last":
		return l.index == l.of-1
	case "length":
		return int64(l.of)
	case "parentloop":
		return l.outer
	}
	return nil
}

type jumpNode struct {
	at
	jump jump
}

func parseJump(_ *parser, t token) (node, error) {
	if t.name == "break" {
		return jumpNode{at(t.line), breaking}, nil
	}
	return jumpNode{at(t.line), continuing}, nil
}

func (n jumpNode) run(r *run) error {
	r.jump = n.jump
	return nil
}

type cycleNode struct {
	at
	group  string
	values []expression
}

func parseCycle(p *parser, t token) (node, error) {
	n := cycleNode{at: at(t.line), group: t.args}
	text := t.args
	if name, rest, ok := strings.Cut(text, ":"); ok && !strings.Contains(name, ",") {
		n.group, text = name, rest
	}
	w := &words{text: text}
	for !w.done() {
		value, ok := w.expression()
		if !ok {
			return nil, p.fail(t.line, "a value of %q cannot be read", firstWords(t.raw))
		}
		n.values = append(n.values, value)
		if !w.eat(",") && !w.done() {
			return nil, p.fail(t.line, "a value of %q cannot be read", firstWords(t.raw))
		}
	}
	if len(n.values) == 0 {
		return nil, p.fail(t.line, "cycle has no values")
	}
	return n, nil
}

func (n cycleNode) run(r *run) error {
	i := r.cycles[n.group]
	r.cycles[n.group] = (i + 1) % len(n.values)
	return r.write(n.line(), Text(n.values[i%len(n.values)].eval(r)))
}
