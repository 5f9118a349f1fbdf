package theme

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// wordsFile holds each word of the default theme with what a site says in its
// place: {"Older": "Älter", "March": "März", "2 January 2006": "2. January 2006"}. What it leaves out stays English.
const wordsFile = "words.json"

// readWords takes the site's own words. One that the default theme does not say
// is a mistake.
func (t *Theme) readWords() error {
	known, err := embedded.ReadFile("default/" + wordsFile)
	if err != nil {
		return fmt.Errorf("read the default theme: %w", err)
	}
	english := map[string]string{}
	if err := errors.Join(json.Unmarshal(known, &english), json.Unmarshal(t.files[wordsFile], &t.words)); err != nil {
		return t.badWords(err)
	}
	for _, word := range slices.Sorted(maps.Keys(t.words)) {
		if _, ok := english[word]; !ok {
			return t.wordsFault(fmt.Errorf("the theme does not say %q; it says %s", word, strings.Join(slices.Sorted(maps.Keys(english)), " · ")), `"`+word+`"`)
		}
	}
	t.months = monthNames(t.words)
	return nil
}

// badWords says in which line a file is no table of words.
func (t *Theme) badWords(err error) error {
	var syntax *json.SyntaxError
	e := &Error{File: wordsFile, Err: fmt.Errorf("it is no table of words: %w", err)}
	if errors.As(err, &syntax) {
		e.Line = 1 + bytes.Count(t.files[wordsFile][:syntax.Offset], []byte("\n"))
		e.Excerpt = t.line(wordsFile, e.Line)
	}
	return e
}

func (t *Theme) wordsFault(err error, at string) error {
	before, _, _ := bytes.Cut(t.files[wordsFile], []byte(at))
	e := &Error{File: wordsFile, Line: 1 + bytes.Count(before, []byte("\n")), Err: err}
	e.Excerpt = t.line(wordsFile, e.Line)
	return e
}

// Words are the site's own words by the theme's English ones.
func (t *Theme) Words() map[string]string { return t.words }

// Word is what the site says in place of one of the theme's English words.
func (t *Theme) Word(english string) string {
	if own := t.words[english]; own != "" {
		return own
	}
	return english
}

// monthNames replaces the names that Go writes into dates, the long ones before
// the short ones; nil if the site has none of its own.
func monthNames(words map[string]string) *strings.Replacer {
	var long, short []string
	for month := time.January; month <= time.December; month++ {
		name := month.String()
		if own := words[name]; own != "" && own != name {
			long = append(long, name, own)
		}
		if own := words[name[:3]]; own != "" && own != name[:3] && name != "May" {
			short = append(short, name[:3], own)
		}
	}
	if len(long)+len(short) == 0 {
		return nil
	}
	return strings.NewReplacer(append(long, short...)...)
}

// format is a date in the site's own form and with its own names of months.
func (t *Theme) format(layout string, d time.Time) string {
	text := formatDate(t.Word(layout), d)
	if t.months != nil {
		text = t.months.Replace(text)
	}
	return text
}
