package theme

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLanguages: the default theme says every word in each of its languages, with the
// same places for numbers in it.
func TestLanguages(t *testing.T) {
	read := func(name string) (words map[string]string) {
		text, err := embedded.ReadFile("default/" + name)
		if err = errors.Join(err, json.Unmarshal(text, &words)); err != nil {
			t.Fatal(name, err)
		}
		return words
	}
	english := read(wordsFile)
	files, err := fs.Glob(embedded, "default/"+wordsFolder+"*.json")
	if err != nil || len(files) < 14 {
		t.Fatalf("there are words in %q, %v", files, err)
	}
	for _, file := range files {
		words := read(wordsFolder + path.Base(file))
		for _, word := range slices.Sorted(maps.Keys(english)) {
			said, ok := words[word]
			if !ok || said == "" {
				t.Errorf("%s does not say %q", file, word)
			}
			if places(said) != places(word) {
				t.Errorf("%s: %q has other places than %q", file, said, word)
			}
		}
		for _, word := range slices.Sorted(maps.Keys(words)) {
			if !isKnown(word, english) {
				t.Errorf("%s has %q, which the theme does not say", file, word)
			}
		}
	}
}

// places is what a word makes of two numbers and a text, without the words around it.
func places(word string) string {
	numbers, texts := strings.Count(word, "%d")+strings.Count(word, "%[1]d")+strings.Count(word, "%[2]d"), strings.Count(word, "%s")
	return fmt.Sprintf("%d numbers, %d texts", numbers, texts)
}

// TestSpeaks: dates, numbers and words by the rules of a language, of the site's own
// file of it, and of the languages that stand for it.
func TestSpeaks(t *testing.T) {
	day := time.Date(2024, 5, 3, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		language string
		own      []string
		want     string
		speaks   bool
	}{
		{"en", nil, "3 May 2024, May 2024, 0 posts, 1 post, 2 posts, Older", true},
		{"de-AT", nil, "3. Mai 2024, Mai 2024, 0 Beiträge, 1 Beitrag, 2 Beiträge, Älter", true},
		{"fr", nil, "3 mai 2024, mai 2024, 0 article, 1 article, 2 articles, Plus ancien", true},
		{"ru", nil, "3 мая 2024 г., Май 2024 г., 0 записей, 1 запись, 2 записи, Старее", true},
		{"pl", nil, "3 maja 2024, maj 2024, 0 wpisów, 1 wpis, 2 wpisy, Starsze", true},
		{"ja", nil, "2024年5月3日, 2024年5月, 0 件の記事, 1 件の記事, 2 件の記事, 古い記事", true},
		{"pt-PT", nil, "3 de maio de 2024, maio de 2024, 0 artigos, 1 artigo, 2 artigos, Mais antigo", true},
		{"zh-TW", nil, "3 May 2024, May 2024, 0 posts, 1 post, 2 posts, Older", false}, // whose readers do not read "zh"
		{"cy", nil, "3 May 2024, May 2024, 0 posts, 1 post, 2 posts, Older", false},
		{"no language", nil, "3 May 2024, May 2024, 0 posts, 1 post, 2 posts, Older", false},
		{"cy", []string{"words.json", `{"Older": "Hŷn", "two posts": "bost", "posts": "o bostiau"}`}, "3 May 2024, May 2024, 0 o bostiau, 1 post, 2 bost, Hŷn", true},
		{"de", []string{"words.json", `{"Older": "Davor"}`}, "3. Mai 2024, Mai 2024, 0 Beiträge, 1 Beitrag, 2 Beiträge, Davor", true},
		{"de", []string{"words/de.json", `{"Older": "Davor"}`}, "3. Mai 2024, Mai 2024, 0 Beiträge, 1 Beitrag, 2 Beiträge, Davor", true},
		{"de", []string{"words.json", `{"Older": "Vorher"}`, "words/de.json", `{"Older": "Davor", "post": "Text"}`}, "3. Mai 2024, Mai 2024, 0 Beiträge, 1 Text, 2 Beiträge, Vorher", true},
	} {
		loaded, err := Load(own(c.own...), Options{Language: c.language})
		if err != nil {
			t.Fatal(c.language, err)
		}
		got := strings.Join([]string{loaded.Date("2 January 2006", day), loaded.Date("January 2006", day), loaded.plural(0, "post", "posts"), loaded.plural(1, "post", "posts"), loaded.plural(2, "post", "posts"), loaded.Word("Older")}, ", ")
		if got != c.want || loaded.Speaks() != c.speaks {
			t.Errorf("%s says %s (%t), want %s", c.language, got, loaded.Speaks(), c.want)
		}
	}
	_, err := Load(own("words/fr.json", "{\n\"Olderr\": \"x\"}"), Options{Language: "fr"})
	var wrong *Error
	if !errors.As(err, &wrong) || wrong.File != "words/fr.json" || wrong.Line != 2 {
		t.Errorf("a word that the theme does not say gives %v", err)
	}
}

// TestIn: a theme speaks several languages at once; its assets lie at the top in each.
func TestIn(t *testing.T) {
	loaded := mustLoad(t, "words.json", `{"Older": "Before"}`, "words/de.json", `{"Newer": "Danach"}`)
	german, err := loaded.In("de", "de/")
	if err != nil {
		t.Fatal(err)
	}
	site := sampleSite()
	site.Home, site.Language = "/blog/de/", "de"
	if err := german.Fragments(site); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := german.Page(&b, samplePage(site)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`href="/blog/assets/style.`, `src="/blog/assets/copy.`, `href="/blog/de/"`, "<span>Älter</span>", "<span>Danach</span>", `data-copy="Kopieren"`, ">Zum Inhalt springen<"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %s in\n%s", want, b.String())
		}
	}
	if got := page(t, loaded); !strings.Contains(got, "<span>Before</span>") || !strings.Contains(got, "<span>Newer</span>") {
		t.Errorf("English is not as it was:\n%s", got)
	}
}
