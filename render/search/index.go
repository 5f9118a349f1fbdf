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
// safe for concurrent use. What an earlier index had otherwise is made at once, the rest
// a section at a time, when one of its files is first asked for.
type Index struct {
	Shape
	Texts   []Numbered
	Earlier *Earlier // nil for none

	sumOnce  sync.Once
	versions []uint64
	begun    sync.Once
	changed  []bool   // files that are others than in the earlier index, all false without one
	made     [][]byte // files, nil for those that nobody asked for
	once     [sections]sync.Once
}

// An Earlier is what an index takes from one that was made before it: what did not
// change is neither added up nor made again.
type Earlier struct {
	Texts    []Numbered // in the order of their numbers
	Versions []uint64   // see [Index.Versions]; those of another shape do not count
}

// Versions has for each file of terms a number that is another one when the file is. It
// is the sum of what each text adds, so that of an earlier index only the texts that came
// and went are looked at.
func (x *Index) Versions() []uint64 {
	x.sumOnce.Do(func() {
		if x.Earlier == nil || len(x.Earlier.Versions) != x.Shape.Terms {
			x.Earlier = nil
			x.versions = x.sums(x.Texts)
			return
		}
		x.versions = slices.Clone(x.Earlier.Versions)
		gone, added := x.sums(without(x.Earlier.Texts, x.Texts)), x.sums(without(x.Texts, x.Earlier.Texts))
		for file := range x.versions {
			x.versions[file] += added[file] - gone[file]
		}
	})
	return x.versions
}

// without are the texts that others do not have, or not with this number and these terms.
func without(texts, others []Numbered) (list []Numbered) {
	at := 0
	for _, text := range texts {
		for at < len(others) && others[at].Number < text.Number {
			at++
		}
		if at == len(others) || others[at] != text {
			list = append(list, text)
		}
	}
	return list
}

// sums has for each file of terms the sum of what some texts add to it. All processors
// work on it, since who makes the files waits for it.
func (x *Index) sums(texts []Numbered) []uint64 {
	sums := make([]uint64, x.Shape.Terms)
	size := len(texts)/runtime.GOMAXPROCS(0) + 1
	var group sync.WaitGroup
	var mu sync.Mutex
	for texts := range slices.Chunk(texts, size) {
		group.Go(func() {
			part := x.sumsOf(texts)
			mu.Lock()
			defer mu.Unlock()
			for file, sum := range part {
				sums[file] += sum
			}
		})
	}
	group.Wait()
	return sums
}

// sumsOf is sums by one processor. The order of the terms of a text does not count, that
// of texts does not either, for each term is there with its text.
func (x *Index) sumsOf(texts []Numbered) []uint64 {
	sums := make([]uint64, x.Shape.Terms)
	for _, text := range texts {
		for term, level := range text.Terms.all().each {
			sums[x.Shape.termsFile(fileHash(term))] += sum(term, level, text.Number)
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

// TermsFile makes a file of terms.
func (x *Index) TermsFile(file int) []byte {
	x.begun.Do(func() {
		x.made, x.changed = make([][]byte, x.Shape.Terms), make([]bool, x.Shape.Terms)
		if versions := x.Versions(); x.Earlier != nil {
			for file, version := range versions {
				x.changed[file] = version != x.Earlier.Versions[file]
			}
			x.make(x.changed)
		}
	})
	if !x.changed[file] {
		section := file * sections / x.Shape.Terms
		x.once[section].Do(func() {
			wanted := make([]bool, x.Shape.Terms)
			from, to := x.Shape.filesOf(section)
			for file := from; file < to; file++ {
				wanted[file] = !x.changed[file]
			}
			x.make(wanted)
		})
	}
	return x.made[file]
}

// filesOf are the files of a section, or the one that it is in, with others.
func (s Shape) filesOf(section int) (from, to int) {
	from = section * s.Terms / sections
	return from, max(from+1, (section+1)*s.Terms/sections)
}

// A posting says how well a term describes a text.
type posting struct {
	number uint32
	level  uint8
}

// make makes some files, in one go through the texts.
func (x *Index) make(wanted []bool) {
	var sectionsOf []int // of those files
	whole := true        // they are all of these sections
	for section := range sections {
		from, to := x.Shape.filesOf(section)
		if slices.Contains(wanted[from:to], true) {
			sectionsOf = append(sectionsOf, section)
			whole = whole && !slices.Contains(wanted[from:to], false)
		}
	}
	found := map[string]int{}
	var lists [][]posting
	for _, text := range x.Texts {
		for _, section := range sectionsOf {
			for term, level := range text.Terms.section(section).each {
				if !whole && !wanted[x.Shape.termsFile(fileHash(term))] {
					continue
				}
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
	terms := make([][]string, x.Shape.Terms)
	for term := range found {
		file := x.Shape.termsFile(fileHash(term))
		terms[file] = append(terms[file], term)
	}
	var b bytes.Buffer
	for i, terms := range terms {
		if !wanted[i] {
			continue
		}
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
		x.made[i] = bytes.Clone(b.Bytes())
	}
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
