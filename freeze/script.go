package freeze

import "bytes"

// A script is one pass over JavaScript. It knows as much of the language as is
// needed to tell code from strings, templates, comments and regular
// expressions, any of which may hold what looks like an import. Where it errs
// it misses an import, or adds a path that stood in quotes behind "import" or
// "from".
type script struct {
	*scan
	b      []byte
	i      int
	open   []byte // what is open: one of the constants below for each brace and parenthesis
	last   lexeme // before the place i
	member bool   // the last lexeme is a name behind a dot
	noExpr int    // no regular expression begins before this place
}

// What a brace or parenthesis opens.
const (
	isBlock     = '{'
	isObject    = 'o'
	isHole      = '`' // ${ in a template
	isParen     = '('
	isCondition = 'c' // the parentheses of if, while, for and with
)

// maxOpen bounds the memory for what is open.
const maxOpen = 1 << 16

// A lexeme is a piece of code. Its text is a word, the inside of a string, or
// the sign.
type lexeme struct {
	kind lexemeKind
	text []byte
}

type lexemeKind uint8

const (
	atEdge        lexemeKind = iota // the beginning or the end
	aWord                           // a name, a keyword, a number
	aText                           // a string, or a template without holes
	aValue                          // a template with holes, a regular expression
	aSign                           // punctuation
	endsStatement                   // a ) or } after which a statement may begin
	endsValue                       // a ) or } after which an operator may come
)

// read adds what the script imports.
func (j *script) read() {
	for t := j.next(); t.kind != atEdge; t = j.next() {
		j.statement(t)
	}
}

// statement reads an import or export that begins with t.
func (j *script) statement(t lexeme) {
	if t.kind != aWord || j.member {
		return
	}
	switch string(t.text) {
	case "import":
		switch t = j.next(); {
		case t.kind == aText:
			j.specifier(t.text)
		case t.is("("):
			if name := j.next(); name.kind == aText {
				if end := j.next(); end.is(")") || end.is(",") {
					j.specifier(name.text)
				}
			}
		default:
			j.clause(t)
		}
	case "export":
		if t = j.next(); t.is("{") || t.is("*") {
			j.clause(t)
		} else {
			j.statement(t)
		}
	}
}

// clause reads on to: from "name".
func (j *script) clause(t lexeme) {
	for ; ; t = j.next() {
		switch {
		case t.kind == aWord && string(t.text) == "from":
			for t.kind == aWord && string(t.text) == "from" { // import from from "x"
				t = j.next()
			}
			if t.kind == aText {
				j.specifier(t.text)
				return
			}
		case t.kind == aWord && (string(t.text) == "import" || string(t.text) == "export"):
			j.statement(t) // the line before had no semicolon
			return
		}
		if t.kind != aWord && t.kind != aText && !t.is("{") && !t.is("}") && !t.is(",") && !t.is("*") {
			return
		}
	}
}

func (t lexeme) is(sign string) bool {
	return t.kind != aText && t.kind != aWord && string(t.text) == sign
}

// next reads a lexeme. Comments and white space are none.
func (j *script) next() lexeme {
	j.skipBlank()
	if j.i == len(j.b) || len(j.open) == maxOpen {
		j.i = len(j.b)
		return lexeme{}
	}
	afterDot := j.last.is(".") || j.last.is("#")
	start := j.i
	var t lexeme
	switch c := j.b[j.i]; {
	case isNameByte(c):
		for j.i < len(j.b) && isNameByte(j.b[j.i]) {
			j.i++
		}
		t = lexeme{aWord, j.b[start:j.i]}
	case c == '"' || c == '\'':
		t = j.quoted(c)
	case c == '`':
		j.i++
		t = j.template()
	case c == '/' && j.valueMayBegin() && j.expression():
		t = lexeme{kind: aValue}
	case c == '.' && bytes.HasPrefix(j.b[j.i:], []byte("...")):
		j.i += 3
		t = lexeme{aSign, j.b[start:j.i]}
	default:
		j.i++
		t = j.sign(c, start)
	}
	j.member = t.kind == aWord && afterDot
	j.last = t
	return t
}

func isNameByte(c byte) bool { return isAlnum(c) || c == '_' || c == '$' || c >= 0x80 }

// skipBlank skips white space and comments.
func (j *script) skipBlank() {
	for j.i < len(j.b) {
		rest := j.b[j.i:]
		switch {
		case rest[0] <= ' ':
			j.i++
		case bytes.HasPrefix(rest, []byte("//")):
			n := bytes.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			j.i += n
		case bytes.HasPrefix(rest, []byte("/*")):
			j.i = after(j.b, j.i+2, "*/")
		default:
			return
		}
	}
}

// quoted reads a string. One that its line does not end is broken.
func (j *script) quoted(quote byte) lexeme {
	start := j.i + 1
	for j.i = start; j.i < len(j.b); j.i++ {
		switch j.b[j.i] {
		case '\\':
			j.i++
		case quote:
			j.i++
			return lexeme{aText, j.b[start : j.i-1]}
		case '\n':
			return lexeme{kind: aValue}
		}
	}
	j.i = len(j.b)
	return lexeme{kind: aValue}
}

// template reads a template from its beginning, or the end of a hole, to its
// end, or the next hole.
func (j *script) template() lexeme {
	whole := j.b[j.i-1] == '`'
	start := j.i
	for ; j.i < len(j.b); j.i++ {
		switch c := j.b[j.i]; {
		case c == '\\':
			j.i++
		case c == '`':
			j.i++
			if whole {
				return lexeme{aText, j.b[start : j.i-1]}
			}
			return lexeme{kind: aValue}
		case c == '$' && j.i+1 < len(j.b) && j.b[j.i+1] == '{':
			j.i += 2
			j.open = append(j.open, isHole)
			return lexeme{aSign, j.b[j.i-2 : j.i]}
		}
	}
	j.i = len(j.b)
	return lexeme{kind: aValue}
}

// sign reads punctuation, whose byte at start was just passed.
func (j *script) sign(c byte, start int) lexeme {
	t := lexeme{aSign, j.b[start:j.i]}
	switch c {
	case '(':
		opens := byte(isParen)
		if j.last.kind == aWord && !j.member {
			switch string(j.last.text) {
			case "if", "while", "for", "with":
				opens = isCondition
			}
		}
		j.open = append(j.open, opens)
	case '{':
		opens := byte(isBlock)
		if j.objectMayBegin() {
			opens = isObject
		}
		j.open = append(j.open, opens)
	case ')', '}':
		t.kind = endsValue
		if len(j.open) == 0 {
			return t
		}
		top := j.open[len(j.open)-1]
		if (c == ')') != (top == isParen || top == isCondition) {
			return t // broken, or we erred
		}
		j.open = j.open[:len(j.open)-1]
		switch top {
		case isHole:
			return j.template()
		case isBlock, isCondition:
			t.kind = endsStatement
		}
	}
	return t
}

// valueMayBegin tells a regular expression from a division.
func (j *script) valueMayBegin() bool {
	switch j.last.kind {
	case atEdge, endsStatement:
		return true
	case aWord:
		if !j.member {
			switch string(j.last.text) {
			case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "instanceof", "do", "else", "yield", "await":
				return true
			}
		}
	case aSign:
		switch c := j.last.text[0]; c {
		case ']':
			return false
		case '.':
			return len(j.last.text) == 3
		case '+', '-': // i++ / 2
			return !bytes.HasSuffix(bytes.TrimRight(j.b[:j.i], " \t"), []byte{c, c})
		}
		return true
	}
	return false
}

// objectMayBegin tells a brace of an object from one of a block.
func (j *script) objectMayBegin() bool {
	switch j.last.kind {
	case aWord:
		word := string(j.last.text)
		return j.valueMayBegin() && word != "do" && word != "else"
	case aSign:
		return bytes.IndexByte([]byte(";{>"), j.last.text[0]) < 0
	}
	return false
}

// expression reads a regular expression, which ends on its line, or nothing.
func (j *script) expression() bool {
	if j.i < j.noExpr {
		return false
	}
	class := false
	for i := j.i + 1; ; i++ {
		if i >= len(j.b) || j.b[i] == '\n' {
			j.noExpr = i // so that no line is searched twice
			return false
		}
		switch c := j.b[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			for i++; i < len(j.b) && isNameByte(j.b[i]); i++ {
			}
			j.i = i
			return true
		}
	}
}
