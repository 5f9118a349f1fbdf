package search

import (
	"bytes"
	"cmp"
	"fmt"
	"math/bits"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// MaxPostings is how many texts of one term are listed.
const MaxPostings = 2000

// A Shape is how the index of so many texts is cut into files.
type Shape struct {
	Texts int
	Terms int // files of terms
	Pages int // files of pages
	Bits  int // of the number of a text
}

// perFile is how many texts there are for each file of terms and of pages.
const perFile = 16

// maxFiles bounds the files of either kind.
const maxFiles = 1 << 14

// ShapeOf is the shape of the index of some texts.
func ShapeOf(texts int) Shape {
	files := 1
	for files*2*perFile <= texts && files < maxFiles {
		files *= 2
	}
	return Shape{Texts: texts, Terms: files, Pages: files, Bits: max(8, bits.Len(uint(texts))+4)}
}

// JSON is the file index.json.
func (s Shape) JSON() []byte {
	return fmt.Appendf(nil, `{"texts":%d,"terms":%d,"pages":%d,"bits":%d}`+"\n", s.Texts, s.Terms, s.Pages, s.Bits)
}

// TermsName is the name of a file of terms, relative to index.json.
func (s Shape) TermsName(file int) string { return fmt.Sprintf("terms-%d/%d.json", s.Terms, file) }

// PagesName is the name of a file of pages.
func (s Shape) PagesName(file int) string { return fmt.Sprintf("pages-%d/%d.json", s.Pages, file) }

// Numbers gives texts their numbers, by their paths, of which no two are the same.
func (s Shape) Numbers(paths []string) []uint32 {
	order := make([]int, len(paths))
	hashes := make([]uint32, len(paths))
	for i, path := range paths {
		order[i], hashes[i] = i, Hash(path)>>(32-s.Bits)
	}
	slices.SortFunc(order, func(x, y int) int {
		return cmp.Or(cmp.Compare(hashes[x], hashes[y]), strings.Compare(paths[x], paths[y]))
	})
	numbers := make([]uint32, len(paths))
	next := uint32(0)
	for _, i := range order {
		numbers[i] = max(hashes[i], next)
		next = numbers[i] + 1
	}
	return numbers
}

// PagesFile is in which file of pages a text is.
func (s Shape) PagesFile(number uint32) int {
	return min(int(uint64(number)*uint64(s.Pages)>>s.Bits), s.Pages-1)
}

// termsFile is in which file of terms a value of [Hash] is.
func (s Shape) termsFile(hash uint32) int { return int(uint64(hash) * uint64(s.Terms) >> 32) }

// A Numbered is a text with its number.
type Numbered struct {
	Number uint32
	Terms  Terms
}

// An Index makes the files of terms. Its texts are in the order of their numbers. It is
// safe for concurrent use; a section of it is made when one of its files is first
// asked for.
type Index struct {
	Shape Shape
	Texts []Numbered

	once     [sections]sync.Once
	made     [sections][][]byte
	sumOnce  sync.Once
	versions []uint64
}

// Versions has for each file of terms a number that is another one when the file is.
// All processors work on it, since who makes the files waits for it.
func (x *Index) Versions() []uint64 {
	x.sumOnce.Do(func() {
		x.versions = make([]uint64, x.Shape.Terms)
		size := len(x.Texts)/runtime.GOMAXPROCS(0) + 1
		var group sync.WaitGroup
		var mu sync.Mutex
		for texts := range slices.Chunk(x.Texts, size) {
			group.Go(func() {
				part := x.sums(texts)
				mu.Lock()
				defer mu.Unlock()
				for file, sum := range part {
					x.versions[file] += sum
				}
			})
		}
		group.Wait()
	})
	return x.versions
}

// sums has for each file of terms the sum of what some texts add to it. The order of
// the terms of a text does not count, that of texts does not either, for each term is
// there with its text.
func (x *Index) sums(texts []Numbered) []uint64 {
	sums := make([]uint64, x.Shape.Terms)
	for _, text := range texts {
		for section := range sections {
			for term, level := range text.Terms.section(section) {
				sums[x.Shape.termsFile(fileHash(term))] += sum(term, level, text.Number)
			}
		}
	}
	return sums
}

// sum is FNV-1a of 64 bits, mixed at its end as splitmix64 does it, because sums are
// added up.
func sum(term string, level int, number uint32) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(term) {
		h = (h ^ uint64(term[i])) * 1099511628211
	}
	h = (h ^ uint64(level)<<32 ^ uint64(number)) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// section goes through the terms of one section, and their levels.
func (t Terms) section(n int) func(yield func(string, int) bool) {
	return func(yield func(string, int) bool) {
		text := string(t)
		start, size := 0, 0
		for i := range sections {
			var length int
			length, text = cutNumber(text)
			switch {
			case i < n:
				start += length
			case i == n:
				size = length
			}
		}
		if start+size > len(text) {
			return
		}
		for text = text[start : start+size]; text != ""; {
			level, length := int(text[0]>>4), int(text[0]&15)
			if text = text[1:]; length == 15 && text != "" {
				length, text = int(text[0]), text[1:]
			}
			if length > len(text) || !yield(text[:length], level) {
				return
			}
			text = text[length:]
		}
	}
}

func cutNumber(text string) (int, string) {
	n := 0
	for i := 0; i < len(text) && i < 4; i++ {
		n |= int(text[i]&0x7f) << (7 * i)
		if text[i] < 0x80 {
			return n, text[i+1:]
		}
	}
	return 0, ""
}

// TermsFile makes a file of terms.
func (x *Index) TermsFile(file int) []byte {
	perSection := max(1, x.Shape.Terms/sections)
	group := file / perSection
	x.once[group].Do(func() { x.made[group] = x.make(group, perSection) })
	return x.made[group][file%perSection]
}

// A posting says how well a term describes a text.
type posting struct {
	number uint32
	level  uint8
}

// make makes the files of one group: those of a section, or the one of several.
func (x *Index) make(group, files int) [][]byte {
	wide := max(1, sections/x.Shape.Terms)
	found := map[string]int{}
	var lists [][]posting
	for section := group * wide; section < (group+1)*wide; section++ {
		for _, text := range x.Texts {
			for term, level := range text.Terms.section(section) {
				at, ok := found[term]
				if !ok {
					at = len(lists)
					found[term] = at
					lists = append(lists, nil)
				}
				lists[at] = append(lists[at], posting{text.Number, uint8(level)})
			}
		}
	}
	terms := make([][]string, files)
	for term := range found {
		file := x.Shape.termsFile(fileHash(term)) - group*files
		terms[file] = append(terms[file], term)
	}
	made := make([][]byte, files)
	var b bytes.Buffer
	for i, terms := range terms {
		slices.Sort(terms)
		b.Reset()
		b.WriteByte('{')
		for i, term := range terms {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString(`"` + term + `":"`) // letters, digits and marks, so there is nothing to escape
			writePostings(&b, lists[found[term]])
			b.WriteByte('"')
		}
		b.WriteString("}\n")
		made[i] = bytes.Clone(b.Bytes())
	}
	return made
}

const (
	// signs stand before the texts of one level.
	signs  = "!#$%&'()*+,./:;"
	digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
)

// writePostings writes the postings of a term, which come in the order of numbers.
func writePostings(b *bytes.Buffer, list []posting) {
	if len(list) > MaxPostings {
		b.WriteByte('~')
		writeNumber(b, uint32(len(list)))
	}
	left := MaxPostings
	for level := uint8(len(signs)); level > 0 && left > 0; level-- {
		last, first := uint32(0), true
		for _, p := range list {
			if p.level != level || left == 0 {
				continue
			}
			if first {
				b.WriteByte(signs[level-1])
				first = false
			}
			writeNumber(b, p.number-last)
			last = p.number
			left--
		}
	}
}

func writeNumber(b *bytes.Buffer, n uint32) {
	for ; n >= 32; n /= 32 {
		b.WriteByte(digits[32+n%32])
	}
	b.WriteByte(digits[n])
}

// A Page is what a result shows.
type Page struct {
	Number                    uint32
	Title, Path, Date, Detail string
}

// PagesJSON is a file of pages.
func PagesJSON(pages []Page) []byte {
	b := []byte{'{'}
	for i, p := range pages {
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = append(b, '"')
		b = strconv.AppendUint(b, uint64(p.Number), 10)
		b = append(b, `":[`...)
		for j, text := range []string{p.Title, p.Path, p.Date, p.Detail} {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, text)
		}
		b = append(b, ']')
	}
	return append(b, "}\n"...)
}

// appendJSON writes a text as RFC 8259, section 7 has it, with as few escapes as there may be.
func appendJSON(b []byte, text string) []byte {
	b = append(b, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
