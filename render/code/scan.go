package code

import "strings"

// A token is a piece of code with its class, chroma's short name for what it is;
// "" is plain text. Names, operators and punctuation that nobody colours are
// plain.
type token struct{ class, text string }

// A grammar is what a scan must know of a language. The languages that most
// posts are about are scanned by it, at a hundred times the speed of the regular
// expressions by which chroma knows 300 languages: a blog with code in every
// second post would else spend more time on colours than on all the rest.
// TestScanLikeChroma compares both.
type grammar struct {
	words    map[string]string // word to class
	line     string            // begins a comment that the line ends
	block    bool              // /* comments */
	triple   bool              // """strings""" and '''strings''', with letters before them
	raw      string            // quotes without escapes
	strings  map[byte]string   // quote to class
	multi    string            // quotes whose strings may go over lines
	names    string            // bytes of names beside letters, digits and "_"
	variable bool              // $names
	macro    bool              // #lines of the preprocessor
	regexp   bool              // /expressions/
	lifetime bool              // 'names without an end
	keys     bool              // a string before a colon is a key
	nested   bool              // ` strings hold ${code}
}

// scan cuts code into tokens.
func (g *grammar) scan(code string) []token {
	s := scanner{grammar: g, code: code, tokens: make([]token, 0, len(code)/6+8)}
	for s.at < len(code) {
		s.next()
	}
	s.plain(len(code))
	return s.tokens
}

type scanner struct {
	*grammar
	code   string
	at     int
	start  int // of the plain text not yet written
	last   byte
	tokens []token
}

// plain writes the plain text before end.
func (s *scanner) plain(end int) {
	if s.start < end {
		s.tokens = append(s.tokens, token{"", s.code[s.start:end]})
	}
	s.start = end
}

// emit writes the token from here to end.
func (s *scanner) emit(class string, end int) {
	end = min(end, len(s.code))
	if class != "" {
		s.plain(s.at)
		if n := len(s.tokens); n > 0 && s.tokens[n-1].class == class && class == "o" {
			s.tokens[n-1].text = s.code[s.at-len(s.tokens[n-1].text) : end]
		} else {
			s.tokens = append(s.tokens, token{class, s.code[s.at:end]})
		}
		s.start = end
	}
	if class == "" || class[0] != 'c' { // what stands before a comment, not its last letter, tells what a name is
		s.last = s.code[end-1]
	}
	s.at = end
}

// next reads one token. It always goes on by at least one byte.
func (s *scanner) next() {
	c := s.code[s.at]
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		s.at++
	case s.comment():
	case s.quoted(c):
	case isDigit(c) || c == '.' && s.at+1 < len(s.code) && isDigit(s.code[s.at+1]):
		s.number()
	case isNameByte(c) || strings.IndexByte(s.names, c) >= 0:
		s.name()
	case s.variable && c == '$':
		s.sigil()
	case c == '@' && s.at+1 < len(s.code) && isNameByte(s.code[s.at+1]):
		s.emit("nd", s.nameEnd(s.at+1))
	case s.regexp && c == '/' && s.startsRegexp():
		s.emit("sr", s.regexpEnd())
	case strings.IndexByte("+-*/%=<>!&|^~?:", c) >= 0 && !s.keys:
		s.emit("o", s.at+1)
	default:
		s.last = c
		s.at++
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameByte(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80 || isDigit(c)
}

// comment reads a comment or a line of the preprocessor, if one is here.
func (s *scanner) comment() bool {
	rest := s.code[s.at:]
	switch {
	case s.block && strings.HasPrefix(rest, "/*"):
		end := strings.Index(rest[2:], "*/")
		if end < 0 {
			end = len(rest)
		}
		s.emit("cm", s.at+2+end+2)
	case s.line != "" && strings.HasPrefix(rest, s.line) && !(s.line == "#" && s.at > 0 && s.variable && !isBlank(s.code[s.at-1]) && s.code[s.at-1] != ';'):
		s.emit("c1", s.lineEnd(s.at))
	case s.macro && rest[0] == '#' && strings.TrimSpace(s.code[strings.LastIndexByte(s.code[:s.at], '\n')+1:s.at]) == "":
		end := s.lineEnd(s.at)
		for end < len(s.code) && s.code[end-1] == '\\' {
			end = s.lineEnd(end + 1)
		}
		s.emit("cp", end)
	default:
		return false
	}
	return true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (s *scanner) lineEnd(from int) int {
	if from >= len(s.code) {
		return len(s.code)
	}
	if n := strings.IndexByte(s.code[from:], '\n'); n >= 0 {
		return from + n
	}
	return len(s.code)
}

// quoted reads a string, if one is here.
func (s *scanner) quoted(quote byte) bool {
	class, ok := s.strings[quote]
	if !ok {
		return false
	}
	if s.lifetime && quote == '\'' && !s.isChar() {
		s.emit("nl", s.nameEnd(s.at+1))
		return true
	}
	end := s.stringEnd(quote)
	if s.keys && strings.HasPrefix(strings.TrimLeft(s.code[end:], " \t"), ":") {
		class = "nt"
	}
	s.emit(class, end)
	return true
}

// isChar tells 'a' from the lifetime 'a.
func (s *scanner) isChar() bool {
	rest := s.code[s.at+1:]
	end := strings.IndexByte(rest, '\'')
	return end >= 0 && (end <= 1 || rest[0] == '\\' || rest[0] >= 0x80 && end <= 4)
}

// stringEnd is where the string that begins here ends.
func (s *scanner) stringEnd(quote byte) int {
	if s.triple {
		if three := strings.Repeat(string(rune(quote)), 3); strings.HasPrefix(s.code[s.at:], three) {
			if n := strings.Index(s.code[s.at+3:], three); n >= 0 {
				return s.at + 3 + n + 3
			}
			return len(s.code)
		}
	}
	raw, multi := strings.IndexByte(s.raw, quote) >= 0, strings.IndexByte(s.multi, quote) >= 0
	depth := 0
	for i := s.at + 1; i < len(s.code); i++ {
		switch c := s.code[i]; {
		case c == '\\' && !raw:
			i++
		case c == '\n' && !multi:
			return i
		case s.nested && quote == '`' && c == '$' && i+1 < len(s.code) && s.code[i+1] == '{':
			depth++
		case depth > 0 && c == '}':
			depth--
		case c == quote && depth == 0:
			return i + 1
		}
	}
	return len(s.code)
}

func (s *scanner) number() {
	end := s.at
	class := "mi"
	hex := strings.HasPrefix(s.code[s.at:], "0x") || strings.HasPrefix(s.code[s.at:], "0X")
	if hex {
		class = "mh"
	}
	for end < len(s.code) {
		c := s.code[end]
		switch {
		case isNameByte(c) && c < 0x80:
			if !hex && (c == 'e' || c == 'E') {
				class = "mf"
				if end+1 < len(s.code) && (s.code[end+1] == '+' || s.code[end+1] == '-') {
					end++
				}
			}
		case c == '.' && !hex && end+1 < len(s.code) && isDigit(s.code[end+1]):
			class = "mf"
		default:
			s.emit(class, end)
			return
		}
		end++
	}
	s.emit(class, end)
}

func (s *scanner) nameEnd(from int) int {
	for from < len(s.code) && (isNameByte(s.code[from]) || strings.IndexByte(s.names, s.code[from]) >= 0) {
		from++
	}
	return from
}

// name reads a word of the language, a function's name, or just a name.
func (s *scanner) name() {
	end := s.nameEnd(s.at)
	word := s.code[s.at:end]
	if s.triple && end < len(s.code) && len(word) <= 2 && strings.Trim(word, "rRbBfFuU") == "" {
		if class, ok := s.strings[s.code[end]]; ok { // a string with letters before it
			start := s.at
			s.at = end
			end = s.stringEnd(s.code[end])
			s.at = start
			s.emit(class, end)
			return
		}
	}
	class, ok := s.words[word]
	switch {
	case ok && s.last != '.':
		s.emit(class, end)
	case end < len(s.code) && s.code[end] == '(' && !s.variable:
		s.emit("nf", end)
	default:
		s.last = s.code[end-1]
		s.at = end
	}
}

// sigil reads $name, ${name}, $1 or $?.
func (s *scanner) sigil() {
	end := s.at + 1
	switch {
	case end < len(s.code) && s.code[end] == '{':
		if n := strings.IndexByte(s.code[end:], '}'); n >= 0 && !strings.Contains(s.code[end:end+n], "\n") {
			s.emit("nv", end+n+1)
			return
		}
	case end < len(s.code) && isNameByte(s.code[end]):
		for end < len(s.code) && isNameByte(s.code[end]) {
			end++
		}
		s.emit("nv", end)
		return
	case end < len(s.code) && strings.IndexByte("?#@*!$-", s.code[end]) >= 0:
		s.emit("nv", end+1)
		return
	}
	s.last = '$'
	s.at++
}

// startsRegexp tells an expression from a division by what stands before it.
func (s *scanner) startsRegexp() bool {
	if s.last != 0 && (isNameByte(s.last) || s.last == ')' || s.last == ']' || s.last == '}' || s.last == '"' || s.last == '\'') {
		return strings.HasSuffix(strings.TrimRight(s.code[:s.at], " "), "return")
	}
	end := s.regexpEnd()
	return end > s.at+1 && s.code[end-1] != '\n'
}

func (s *scanner) regexpEnd() int {
	class := false
	for i := s.at + 1; i < len(s.code); i++ {
		switch c := s.code[i]; {
		case c == '\\':
			i++
		case c == '\n':
			return s.at + 1
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			return s.nameEnd(i + 1)
		}
	}
	return s.at + 1
}
