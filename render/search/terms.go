package search

// Terms are the terms of one text and their levels, in a compact form that depends on
// nothing but the text: where each of the sections ends, in three bytes each, and then the
// terms of each in the order in which they came. A term is a byte with its level in the
// high and its length in the low half, where 15 says that the length is the next byte.
type Terms string

const (
	// sections is into how many parts the values of [Hash] are cut, so that an index can
	// be made a part at a time.
	sections = 16
	// termsHead is where the first section begins. All terms of a text take less than a
	// megabyte, see [MaxTerm] and [MaxTerms].
	termsHead = 3 * sections
)

// terms writes down what was read.
func (r *reader) terms(length float64) Terms {
	var ends [sections]int
	for _, n := range r.met {
		size := 1 + len(r.entries[n].term)
		if size > 15 {
			size++
		}
		ends[r.entries[n].hash>>28] += size
	}
	var at [sections]int
	total := 0
	for i, size := range ends {
		at[i] = termsHead + total
		total += size
		ends[i] = total
	}
	data := make([]byte, termsHead+total)
	for i, end := range ends {
		data[3*i], data[3*i+1], data[3*i+2] = byte(end), byte(end>>8), byte(end>>16)
	}
	for _, n := range r.met {
		e := &r.entries[n]
		one := data[at[e.hash>>28]:][:0]
		head := byte(level(float64(e.weight), length)) << 4
		if len(e.term) < 15 {
			one = append(one, head|byte(len(e.term)))
		} else {
			one = append(one, head|15, byte(len(e.term)))
		}
		at[e.hash>>28] += len(append(one, e.term...))
	}
	return Terms(data)
}

// section is where the terms of one section are.
func (t Terms) section(n int) written { return t.between(n, n+1) }

// all is where all terms are.
func (t Terms) all() written { return t.between(0, sections) }

// between is where the terms of some sections are. Of what no text has, such as the empty
// one, it is nothing.
func (t Terms) between(from, to int) written {
	start, end := t.end(from), t.end(to)
	if start > end || termsHead+end > len(t) {
		return ""
	}
	return written(t[termsHead+start : termsHead+end])
}

// end is where the first n sections end, behind the head.
func (t Terms) end(n int) int {
	if n == 0 || len(t) < termsHead {
		return 0
	}
	at := 3 * (n - 1)
	return int(t[at]) | int(t[at+1])<<8 | int(t[at+2])<<16
}

// written are terms one after the other.
type written string

// next cuts off the first of them. There is none where level is 0.
func (w *written) next() (term string, level int) {
	text := string(*w)
	if text == "" {
		return "", 0
	}
	level, length := int(text[0]>>4), int(text[0]&15)
	if text = text[1:]; length == 15 && text != "" {
		length, text = int(text[0]), text[1:]
	}
	if length > len(text) {
		return "", 0
	}
	*w = written(text[length:])
	return text[:length], level
}

// each goes through them and their levels.
func (w written) each(yield func(string, int) bool) {
	for term, level := w.next(); level > 0 && yield(term, level); term, level = w.next() {
	}
}
