package liquid

import (
	"slices"
	"strings"
)

type forNode struct {
	at
	variable                   string
	list, limit, offset, width expression
	name                       string // with the list, as written
	reversed, table            bool
	onward                     bool // from where such a loop ended before
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
	start := w.at
	if n.list, ok = w.expression(); !ok {
		return nil, p.fail(t.line, "the list of the loop %q cannot be read", firstWords(t.raw))
	}
	n.name = n.variable + "-" + strings.TrimSpace(w.text[start:w.at])
	n.reversed = w.eat("reversed")
	options := map[string]*expression{"limit": &n.limit, "offset": &n.offset, "cols": &n.width}
	for loose := false; !w.done(); {
		w.eat(",")
		name := w.name()
		valued := w.eat(":")
		if name == "offset" && valued && w.eat("continue") {
			n.onward = true
			continue
		}
		if target := options[name]; target != nil && valued {
			if *target, ok = w.expression(); ok {
				continue
			}
		}
		if !loose {
			p.note(t, "the loop %q has more behind its list than reversed, then limit and offset: that is left out, as in Jekyll", firstWords(t.raw))
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
	list := loopItems(value)
	from := int64(0)
	switch {
	case n.onward:
		from = r.offsets[n.name]
	case n.offset != nil:
		from = toInt(n.offset.eval(r))
	}
	from = max(0, min(from, int64(len(list))))
	list = list[from:]
	if n.limit != nil {
		if limit := n.limit.eval(r); limit != nil {
			list = list[:max(0, min(toInt(limit), int64(len(list))))]
		}
	}
	r.offsets[n.name] = from + int64(len(list))
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
	helper, width := "forloop", 0
	if n.table {
		helper, width = "tablerowloop", len(list)
		if n.width != nil {
			width = int(max(1, min(toInt(n.width.eval(r)), int64(len(list)))))
		}
	}
	defer restore(r.scope, n.variable, helper)()
	outer := r.scope[helper]
	for i, item := range list {
		if err := r.step(n.line(), 1); err != nil {
			return err
		}
		r.scope[n.variable] = item
		r.scope[helper] = &loopDrop{n.name, i, len(list), width, outer}
		if err := n.once(r, i, len(list), width); err != nil {
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
func (n *forNode) once(r *run, i, of, width int) error {
	if !n.table {
		return r.nodes(n.nodes)
	}
	before, after := "", "</td>"
	if i%width == 0 {
		before = `<tr class="row` + Text(i/width+1) + `">`
	}
	if i == 0 {
		before += "\n"
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

// A loopDrop is forloop, or tablerowloop if it has a width.
type loopDrop struct {
	name             string
	index, of, width int
	outer            any
}

// Keys are the fields of forloop.
func (l *loopDrop) Keys() []string {
	return []string{"name", "length", "index", "index0", "rindex", "rindex0", "first", "last"}
}

// Get is a field of forloop or tablerowloop.
func (l *loopDrop) Get(key string) any {
	if l.width > 0 {
		switch key {
		case "row":
			return int64(l.index/l.width + 1)
		case "col":
			return int64(l.index%l.width + 1)
		case "col0":
			return int64(l.index % l.width)
		case "col_first":
			return l.index%l.width == 0
		case "col_last":
			return l.index%l.width == l.width-1
		}
	}
	switch key {
	case "name":
		return l.name
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
	group  expression
	values []expression
}

func parseCycle(p *parser, t token) (node, error) {
	n := cycleNode{at: at(t.line), group: literal{t.args}}
	w := &words{text: t.args}
	if group, ok := w.expression(); ok && w.eat(":") {
		n.group = group
	} else {
		w.at = 0
	}
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
	group := Text(n.group.eval(r))
	i := r.cycles[group]
	r.cycles[group] = (i + 1) % len(n.values)
	return r.write(n.line(), Text(n.values[i%len(n.values)].eval(r)))
}
