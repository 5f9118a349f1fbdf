package liquid

import "strings"

// A condition is what if, unless and when ask. Liquid has no precedence: "and"
// and "or" bind from the right.
type condition struct {
	left, right expression
	operator    string // "" for a value alone
	join        string // "and" or "or", with rest
	rest        *condition
}

var operators = []string{"==", "!=", "<>", "<=", ">=", "<", ">", "contains"}

func (p *parser) condition(t token, text string) (*condition, error) {
	text = strings.NewReplacer("{{", "", "}}", "").Replace(text) // a common slip that Liquid lets pass
	w := &words{text: text}
	c, ok := w.condition(0)
	if ok && w.done() {
		return c, nil
	}
	if c = looseCondition(text); c == nil {
		return nil, p.fail(t.line, "the condition %q cannot be read", firstWords(t.raw))
	}
	p.note(t, "the condition %q is no Liquid: what can be read of it counts, as in Jekyll", firstWords(t.raw))
	return c, nil
}

func (w *words) condition(depth int) (*condition, bool) {
	c := &condition{}
	var ok bool
	if c.left, ok = w.expression(); !ok || depth > MaxDepth {
		return nil, false
	}
	for _, operator := range operators {
		if w.eat(operator) {
			c.operator = operator
			if c.right, ok = w.expression(); !ok {
				return nil, false
			}
			break
		}
	}
	for _, join := range []string{"and", "or"} {
		if w.eat(join) {
			c.join = join
			c.rest, ok = w.condition(depth + 1)
			return c, ok
		}
	}
	return c, true
}

func (c *condition) holds(r *run) bool {
	switch c.join {
	case "and":
		return c.here(r) && c.rest.holds(r)
	case "or":
		return c.here(r) || c.rest.holds(r)
	}
	return c.here(r)
}

func (c *condition) here(r *run) bool {
	left := c.left.eval(r)
	if c.operator == "" {
		return truth(left)
	}
	right := c.right.eval(r)
	switch c.operator {
	case "==":
		return equal(left, right)
	case "!=", "<>":
		return !equal(left, right)
	case "contains":
		return contains(left, right)
	}
	order, ok := compare(left, right)
	if !ok {
		return false
	}
	switch c.operator {
	case "<":
		return order < 0
	case ">":
		return order > 0
	case "<=":
		return order <= 0
	}
	return order >= 0
}

// A branch is a condition with what is written if it holds; without one it always does.
type branch struct {
	when   *condition
	not    bool
	values []expression // of case and when
	nodes  []node
}

type ifNode struct {
	at
	branches []branch
}

func parseIf(p *parser, t token) (node, error) {
	n := ifNode{at: at(t.line)}
	current, text, not := t, t.args, t.name == "unless"
	for {
		b := branch{not: not}
		if current.name != "else" {
			var err error
			if b.when, err = p.condition(current, text); err != nil {
				return nil, err
			}
		}
		var err error
		if b.nodes, err = p.block([]string{"elsif", "else", "end" + t.name}); err != nil {
			return nil, p.opened(err, t)
		}
		n.branches = append(n.branches, b)
		if p.next >= len(p.tokens) || p.tokens[p.next].name == "end"+t.name {
			return n, p.end(t)
		}
		current, not = p.tokens[p.next], false
		text = current.args
		p.next++
	}
}

// opened says of a block without an end where it begins.
func (p *parser) opened(err error, t token) error {
	if e, ok := err.(*Error); ok && strings.HasPrefix(e.What, "there is no {%") {
		e.Line, e.What = t.line, "the Liquid tag \""+t.name+"\" has no {% end"+t.name+" %}"
	}
	return err
}

func (n ifNode) run(r *run) error {
	for _, b := range n.branches {
		if b.when == nil || b.when.holds(r) != b.not {
			return r.nodes(b.nodes)
		}
	}
	return nil
}

type caseNode struct {
	at
	value    expression
	branches []branch
}

func parseCase(p *parser, t token) (node, error) {
	n := caseNode{at: at(t.line)}
	var ok bool
	if n.value, ok = (&words{text: t.args}).expression(); !ok {
		return nil, p.fail(t.line, "case has no value: %q", firstWords(t.raw))
	}
	ends := []string{"when", "else", "endcase"}
	if _, err := p.block(ends); err != nil { // what stands before the first "when" is nothing
		return nil, p.opened(err, t)
	}
	for p.next < len(p.tokens) && p.tokens[p.next].name != "endcase" {
		current := p.tokens[p.next]
		p.next++
		var b branch
		if current.name == "when" {
			w := &words{text: current.args}
			for !w.done() {
				value, ok := w.expression()
				if !ok {
					return nil, p.fail(current.line, "a value of %q cannot be read", firstWords(current.raw))
				}
				b.values = append(b.values, value)
				if !w.eat(",") && !w.eat("or") && !w.done() {
					return nil, p.fail(current.line, "a value of %q cannot be read", firstWords(current.raw))
				}
			}
		}
		var err error
		if b.nodes, err = p.block(ends); err != nil {
			return nil, p.opened(err, t)
		}
		n.branches = append(n.branches, b)
	}
	return n, p.end(t)
}

func (n caseNode) run(r *run) error {
	value, matched := n.value.eval(r), false
	for _, b := range n.branches {
		if b.values == nil {
			if matched {
				continue
			}
			return r.nodes(b.nodes)
		}
		for _, v := range b.values {
			if equal(value, v.eval(r)) {
				matched = true
				if err := r.nodes(b.nodes); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}
