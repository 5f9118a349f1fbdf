package search

import (
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestScript gives words to the script of the theme and to this package: the terms,
// and the files in which they are, must be the same.
func TestScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not here")
	}
	words := []string{"generate", "generated", "generating", "generates", "needed", "exceed", "fuss", "status", "series", "seeing", "string", "Straße", "İstanbul", "ΣΊΣΥΦΟΣ",
		"Ⅷ", "ﷺ", "ｆｕｌｌ", "\U00020000\U00020001", "ー", "ไทย", "မြန်မာ", "Ǆ", "ſ", "K", "x́y", "हिन्दी", "עברית", "العربية"}
	for _, c := range texts {
		words = append(words, strings.Fields(html.UnescapeString(c.html))...)
	}
	if found, _ := filepath.Glob("../../../*/corpus/go-blog/content/*.md"); found != nil { // real words, where they lie beside the checkout
		for _, name := range found[:min(40, len(found))] {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			words = append(words, strings.Fields(string(text))...)
		}
	}
	input, err := json.Marshal(words)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "testdata/terms.mjs", "../theme/default/assets/search.js")
	cmd.Stdin = strings.NewReader(string(input))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs [][]struct {
		Term string
		Hash uint32
	}
	if err := json.Unmarshal(out, &theirs); err != nil || len(theirs) != len(words) {
		t.Fatalf("%d answers to %d words: %v", len(theirs), len(words), err)
	}
	for i, word := range words {
		r := &reader{words: map[string]span{}, numbers: map[string]int32{}}
		r.begin()
		r.plain(word, 1)
		ours := map[string]bool{}
		for _, n := range r.met {
			ours[r.entries[n].term] = true
		}
		found := map[string]bool{}
		for _, one := range theirs[i] {
			if !ours[one.Term] && len(one.Term) <= MaxTerm || one.Hash != Hash(beginning(one.Term)) {
				t.Errorf("%q: the script finds %q (%x), the index has %v", word, one.Term, one.Hash, ours)
			}
			found[one.Term] = true
		}
		// Of names the index has the parts, too, and of a script without spaces the last character.
		for term := range ours {
			if r, size := utf8.DecodeRuneInString(term); !found[term] && len(term) <= MaxTerm && len(parts(word)) == 0 && !(spaceless(r) && size == len(term)) {
				t.Errorf("%q: the index has %q, the script finds %v", word, term, found)
			}
		}
	}
}
