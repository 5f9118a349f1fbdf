package theme

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// wordsFile holds each word of the default theme with what a site says in its
// place: {"Older": "Älter", "March": "März", "2 January 2006": "2. January 2006"}.
// It is in the site's language, or in the default one of several; wordsFolder
// has a file for every other language, "words/pt-BR.json".
const (
	wordsFile   = "words.json"
	wordsFolder = "words/"
)

// A voice is how a theme says its words in one language.
type voice struct {
	language language.Tag // of the words, which have its plural forms
	words    map[string]string
	// months are their names by themselves, dates those beside a day: "январь", "5 января".
	// Both are nil if they are English.
	months, dates *strings.Replacer
}

// tag is a language, "und" for one that is none.
func tag(code string) language.Tag {
	t, err := language.Parse(code)
	if err != nil {
		return language.Und
	}
	return t
}

// filesFor are the files of words for a language, the best one first: those of the
// very language, and then those of what Unicode's CLDR says that its speakers
// read instead. "pt-PT" has those of "pt", but "zh-TW" has not those of "zh".
func filesFor(code string) (names []string) {
	names = append(names, wordsFolder+code+".json")
	for t := tag(code); t != language.Und; t = t.Parent() {
		names = append(names, wordsFolder+t.String()+".json")
	}
	return slices.Compact(names)
}

// readVoice takes the words for a language. Where a file of the site leaves a word
// out, it is that of the next file of [filesFor], and in the end the English one.
// A word that the default theme does not say is a mistake.
func (t *Theme) readVoice(code string, own bool) (*voice, error) {
	english, err := t.readWords(wordsFile, nil)
	if err != nil {
		return nil, err
	}
	v := &voice{language: language.English, words: map[string]string{}}
	take := func(name string, known map[string]string) error {
		words, err := t.readWords(name, known)
		if err != nil || words == nil {
			return err
		}
		maps.Copy(v.words, words)
		v.language = tag(code)
		return nil
	}
	names := filesFor(code)
	if own {
		names = slices.Insert(names, 0, wordsFile)
	}
	for _, name := range slices.Backward(names) {
		if name != wordsFile {
			if err := take(name, nil); err != nil {
				return nil, err
			}
		}
		if t.own[name] {
			if err := take(name, english); err != nil {
				return nil, err
			}
		}
	}
	v.nameMonths()
	return v, nil
}

// readWords reads a table of words: the site's if known are the words that it may
// have, else the default theme's. Of a file that is not there it is nil.
func (t *Theme) readWords(name string, known map[string]string) (words map[string]string, err error) {
	text := t.files[name]
	if known == nil {
		if text, err = embedded.ReadFile("default/" + name); err != nil {
			return nil, nil // a language that the default theme does not speak
		}
	}
	if err := json.Unmarshal(text, &words); err != nil {
		return nil, t.badWords(name, err)
	}
	if known == nil {
		return words, nil
	}
	for _, word := range slices.Sorted(maps.Keys(words)) {
		if !isKnown(word, known) {
			return nil, t.wordsFault(name, fmt.Errorf("the theme does not say %q; it says %s", word, strings.Join(slices.Sorted(maps.Keys(known)), " · ")), `"`+word+`"`)
		}
		if words[word] == "" {
			delete(words, word)
		}
	}
	return words, nil
}

// forms are the plural forms that a language may have besides those for one and
// for many.
var forms = map[plural.Form]string{plural.Zero: "zero ", plural.Two: "two ", plural.Few: "few "}

// ofMonth is what stands before the name of a month beside a day.
const ofMonth = "of "

// isKnown reports whether the theme says a word, or one of its other forms.
func isKnown(word string, english map[string]string) bool {
	if _, ok := english[word]; ok {
		return true
	}
	for _, form := range forms {
		if many, ok := strings.CutPrefix(word, form); ok {
			_, ok = english[many]
			return ok
		}
	}
	month, ok := strings.CutPrefix(word, ofMonth)
	return ok && slices.Contains(monthNames(), month)
}

// badWords says in which line a file is no table of words.
func (t *Theme) badWords(file string, err error) error {
	var syntax *json.SyntaxError
	e := &Error{File: file, Err: fmt.Errorf("it is no table of words: %w", err)}
	if errors.As(err, &syntax) {
		e.Line = 1 + bytes.Count(t.files[file][:syntax.Offset], []byte("\n"))
		e.Excerpt = t.line(file, e.Line)
	}
	return e
}

func (t *Theme) wordsFault(file string, err error, at string) error {
	before, _, _ := bytes.Cut(t.files[file], []byte(at))
	e := &Error{File: file, Line: 1 + bytes.Count(before, []byte("\n")), Err: err}
	e.Excerpt = t.line(file, e.Line)
	return e
}

// Words are those by the theme's English ones, where they are not the same.
func (t *Theme) Words() map[string]string { return t.voice.words }

// Speaks reports whether there are words in the theme's language, the site's own or
// the default theme's. If not they are English.
func (t *Theme) Speaks() bool {
	base, sure := tag(t.language).Base()
	return sure >= language.High && base.String() == "en" || t.voice.language != language.English
}

// Word is what the site says in place of one of the theme's English words.
func (t *Theme) Word(english string) string {
	if own := t.voice.words[english]; own != "" {
		return own
	}
	return english
}

// plural is a number with the word for one or for many, in the form that the
// language has for it.
func (t *Theme) plural(n int, one, many string) string {
	word := t.Word(many)
	switch form := plural.Cardinal.MatchPlural(t.voice.language, n, 0, 0, 0, 0); form {
	case plural.One:
		word = t.Word(one)
	case plural.Zero, plural.Two, plural.Few:
		if own := t.voice.words[forms[form]+many]; own != "" {
			word = own
		}
	}
	return strconv.Itoa(n) + " " + word
}

func monthNames() (names []string) {
	for month := time.January; month <= time.December; month++ {
		names = append(names, month.String())
	}
	return names
}

// nameMonths makes what replaces the names that Go writes into dates, the long ones
// before the short ones.
func (v *voice) nameMonths() {
	var months, dates, short []string
	for _, name := range monthNames() {
		if own := v.words[name]; own != "" && own != name {
			months = append(months, name, own)
		}
		of := v.words[ofMonth+name]
		if of == "" {
			of = v.words[name]
		}
		if of != "" && of != name {
			dates = append(dates, name, of)
		}
		if own := v.words[name[:3]]; own != "" && own != name[:3] && name != "May" {
			short = append(short, name[:3], own)
		}
	}
	if len(dates)+len(short) > 0 {
		v.months, v.dates = strings.NewReplacer(append(months, short...)...), strings.NewReplacer(append(dates, short...)...)
	}
}

// Date is a date in the site's own form and with its own names of months.
func (t *Theme) Date(layout string, d time.Time) string {
	layout = t.Word(layout)
	text := formatDate(layout, d)
	names := t.voice.months
	if strings.Contains(strings.ReplaceAll(layout, "2006", ""), "2") { // a day
		names = t.voice.dates
	}
	if names != nil {
		text = names.Replace(text)
	}
	return text
}
