package search

import (
	"bytes"
	"math"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	// MaxTerm is how many bytes a term may have.
	MaxTerm = 40
	// MaxTerms is how many different terms of one text are taken.
	MaxTerms = 20000
)

// A Text is what of a page can be found.
type Text struct {
	Title       string
	Labels      []string // tags, categories and the like
	Description string
	Body        []byte // HTML, of which the words that are seen count
}

// What a term counts for where it stands.
const (
	inBody        = 1
	inHeading     = 3
	inDescription = 3
	inLabel       = 6
	inTitle       = 10
)

// Terms reads the text.
func (t Text) Terms() Terms {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	r.begin()
	r.plain(t.Title, inTitle)
	for _, label := range t.Labels {
		r.plain(label, inLabel)
	}
	r.plain(t.Description, inDescription)
	before := r.count
	r.html(t.Body)
	length := lengthNorm(r.count)
	if r.count == before {
		length = lengthNorm(emptyWords)
	}
	return r.terms(length)
}

// A reader collects the terms of one text after another. What words become it
// remembers from one to the next, for most words of a text have been met before.
type reader struct {
	words   map[string]span // of known, by the word as it was written
	known   []int32         // terms
	numbers map[string]int32
	entries []entry

	text   uint32 // number of the text
	met    []int32
	count  int // words of the text
	weight int32
	word   []byte
	quoted bool // an apostrophe stands before the word
}

type span struct{ from, to int32 }

// An entry is a term, and what it counts in the text that was read last.
type entry struct {
	term   string
	hash   uint32
	text   uint32
	weight int32
}

// maxWords bounds what a reader remembers.
const maxWords = 1 << 17

var readers = sync.Pool{New: func() any { return new(reader) }}

func (r *reader) begin() {
	if r.words == nil || len(r.words) > maxWords {
		*r = reader{words: map[string]span{}, numbers: map[string]int32{}}
	}
	r.text++
	r.met, r.count = r.met[:0], 0
}

// plain reads a text without markup.
func (r *reader) plain(text string, weight int32) {
	r.weight = weight
	for _, c := range text {
		r.rune(c)
	}
	r.end()
}

// rune takes one character that is seen.
func (r *reader) rune(c rune) {
	switch {
	case isWord(c):
		if r.half() {
			r.end()
		}
		r.word = utf8.AppendRune(r.word, c)
	case (c == '+' || c == '#') && len(r.word) > 0:
		r.sign(byte(c))
	default:
		r.end()
		r.quoted = c == '\'' || c == '’'
	}
}

// sign takes a + or # behind a word: that of C++ and C# is part of it.
func (r *reader) sign(c byte) {
	letter := r.word[0] >= 'a' && r.word[0] <= 'z' || r.word[0] >= 'A' && r.word[0] <= 'Z'
	switch {
	case letter && len(r.word) == 1:
		if r.word = append(r.word, c); c == '#' {
			r.end()
		}
	case letter && r.half() && c == '+':
		r.word = append(r.word, c)
		r.end()
	default:
		r.end()
	}
}

// half reports whether the word is a letter and one + so far.
func (r *reader) half() bool { return len(r.word) == 2 && r.word[1] == '+' }

// end is the end of a word.
func (r *reader) end() {
	if r.half() {
		r.word = r.word[:1]
	}
	if len(r.word) > 0 {
		r.take(r.word)
	}
	r.word, r.quoted = r.word[:0], false
}

// take takes a whole word.
func (r *reader) take(word []byte) {
	if r.quoted && len(word) == 1 && word[0] == 's' {
		return
	}
	r.count++
	terms, ok := r.words[string(word)]
	if !ok {
		terms = r.learn(string(word))
	}
	for _, n := range r.known[terms.from:terms.to] {
		r.add(n)
	}
}

// add counts a term.
func (r *reader) add(n int32) {
	e := &r.entries[n]
	if e.text != r.text {
		if len(r.met) == MaxTerms {
			return
		}
		e.text, e.weight = r.text, 0
		r.met = append(r.met, n)
	}
	e.weight += r.weight
}

// learn finds the terms of a word.
func (r *reader) learn(word string) span {
	s := span{from: int32(len(r.known))}
	take := func(term string) {
		if term == "" || len(term) > MaxTerm {
			return
		}
		n, ok := r.numbers[term]
		if !ok {
			n = int32(len(r.entries))
			r.numbers[term] = n
			r.entries = append(r.entries, entry{term: term, hash: fileHash(term)})
		}
		r.known = append(r.known, n)
	}
	if last := word[len(word)-1]; last == '+' || last == '#' {
		take(fold(word))
	} else {
		eachTerm(word, take)
		for _, part := range parts(word) {
			eachTerm(part, take)
		}
	}
	s.to = int32(len(r.known))
	r.words[word] = s
	return s
}

// html reads what is seen of HTML.
func (r *reader) html(body []byte) {
	r.weight = inBody
	for i := 0; i < len(body); {
		switch c := body[i]; {
		case c == '<':
			i = r.tag(body, i)
		case c == '&':
			i = r.entity(body, i)
		case isLetter(c) && !r.half():
			i = r.letters(body, i)
		case c < utf8.RuneSelf:
			if len(r.word) > 0 {
				r.rune(rune(c))
			} else {
				r.quoted = c == '\''
			}
			i++
		default:
			char, size := utf8.DecodeRune(body[i:])
			r.rune(char)
			i += size
		}
	}
	r.end()
}

// isLetter tells the ASCII letters and digits.
func isLetter(c byte) bool { return c|0x20-'a' < 26 || c-'0' < 10 }

// letters takes all ASCII letters and digits at a place and gives the place behind them.
// Mostly they are a word, which is not copied then.
func (r *reader) letters(body []byte, at int) int {
	end := at + 1
	for end < len(body) && isLetter(body[end]) {
		end++
	}
	if len(r.word) == 0 && (end == len(body) || body[end] < utf8.RuneSelf && strings.IndexByte("<&+#", body[end]) < 0) {
		r.take(body[at:end])
		r.quoted = false
	} else {
		r.word = append(r.word, body[at:end]...)
	}
	return end
}

// entity takes a character reference: goldmark writes five of them and the typographer's.
// All but the apostrophe part words.
func (r *reader) entity(body []byte, at int) int {
	end := bytes.IndexByte(body[at:min(len(body), at+12)], ';')
	if end < 0 {
		r.end()
		return at + 1
	}
	switch string(body[at : at+end+1]) {
	case "&rsquo;", "&#39;", "&apos;":
		r.rune('\'')
	default:
		r.end()
	}
	return at + end + 1
}

// An element says what its tag does to the text around it.
type element int

const (
	block element = iota
	inline
	heading
	unseen // with all that is in it
	mark   // inline, and the number of a line of code if its class says so
)

// elementOf is that of a tag's name in lower case.
func elementOf(name []byte) element {
	switch string(name) {
	case "span":
		return mark
	case "a", "abbr", "b", "code", "del", "em", "i", "ins", "mark", "s", "small", "strong", "u", "var", "wbr":
		return inline
	case "h1", "h2", "h3", "h4", "h5", "h6":
		return heading
	case "script", "style", "template":
		return unseen
	}
	return block
}

// tag takes a tag and gives the place behind it.
func (r *reader) tag(body []byte, at int) int {
	start := at + 1
	closing := start < len(body) && body[start] == '/'
	if closing {
		start++
	}
	var lower [10]byte
	name, end := lower[:0], start
	for ; end < len(body) && (body[end]|0x20 >= 'a' && body[end]|0x20 <= 'z' || body[end] >= '0' && body[end] <= '9'); end++ {
		if len(name) < len(lower) {
			name = append(name, body[end]|0x20)
		}
	}
	if end == start {
		r.end()
		if bytes.HasPrefix(body[at:], []byte("<!--")) {
			return after(body, at, "-->")
		}
		return at + 1
	}
	next := len(body)
	if i := bytes.IndexByte(body[end:], '>'); i >= 0 {
		next = end + i + 1
	}
	switch kind := elementOf(name); kind {
	case inline:
	case mark:
		if !closing && bytes.HasPrefix(body[end:], []byte(` class="ln"`)) { // the number of a line of code
			r.end()
			return after(body, next, "</span>")
		}
	default:
		r.end()
		switch {
		case kind == heading && closing:
			r.weight = inBody
		case kind == heading:
			r.weight = inHeading
		}
		if kind == unseen && !closing {
			return after(body, next, "</"+string(name))
		}
	}
	return next
}

// after is the place behind the next mark, or the end.
func after(body []byte, at int, mark string) int {
	if i := bytes.Index(body[at:], []byte(mark)); i >= 0 {
		return at + i + len(mark)
	}
	return len(body)
}

// averageWords is the length of a text that counts as neither short nor long.
const averageWords = 400

// emptyWords is how long a text counts as that has nothing but a title: such as a page that
// only redirects, it says less about its words than any other.
const emptyWords = 3200

// lengthNorm is the n of the package comment.
func lengthNorm(words int) float64 {
	steps := math.Round(2 * math.Log2(float64(max(words, 50))/averageWords))
	return 0.5 + 0.5*math.Exp2(steps/2)
}

// level is the level of a term by its weight in a text.
func level(weight, length float64) int {
	return max(1, int(math.Round(15*weight/(weight+4*length))))
}
