package gotmpl

import (
	"errors"
	"testing"
)

// TestBudget: runs that each keep within their limit end together at that of the site,
// and one of a site that has nothing left does not begin.
func TestBudget(t *testing.T) {
	work, err := Parse("work.html", []byte(`{{ range seq 1000 }}{{ end }}x`), nil)
	if err != nil {
		t.Fatal(err)
	}
	begun := 0
	note, err := Parse("note.html", []byte(`{{ warnf "x" }}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	e := env()
	e.Budget, e.Warn = NewBudget(3*callCost+4000), func(string) { begun++ }
	runs := 0
	for ; runs < 100 && err == nil; runs++ {
		_, err = work.Execute(e, e.Page)
	}
	if !errors.Is(err, ErrBudget) || runs < 2 || runs > 3 {
		t.Errorf("after %d runs the error is %v", runs, err)
	}
	if _, err := note.Execute(e, e.Page); !errors.Is(err, ErrBudget) || begun != 0 {
		t.Errorf("a run without a budget: %v, and it warned %d times", err, begun)
	}
}

// TestStoreOfPage: what one shortcode of a page keeps, the next one finds; what another
// page keeps is not known.
func TestStoreOfPage(t *testing.T) {
	page := &Page{Title: "One", Kind: "page"}
	site := &Site{Find: func(string) *Page { return &Page{Title: "Two"} }}
	page.Site = site
	for _, c := range []struct{ text, want, wrong string }{
		{`{{ .Page.Store.Set "a" 1 }}`, "", ""},
		{`{{ .Page.Store.Get "a" }}`, "1", ""},
		{`{{ (site.GetPage "two").Store.Set "a" 1 }}`, "", "a.html:1: it uses .Store of another page, which is not known here"},
	} {
		e := &Env{Site: site}
		e.Page = page.With(e)
		read, err := Parse("a.html", []byte(c.text), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := read.Execute(e, &Short{Page: e.Page})
		if got != c.want || (err != nil) != (c.wrong != "") || err != nil && err.Error() != c.wrong {
			t.Errorf("%s: it is %q, %v, want %q, %s", c.text, got, err, c.want, c.wrong)
		}
	}
}
