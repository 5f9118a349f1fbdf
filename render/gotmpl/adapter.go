package gotmpl

import (
	"errors"
	"fmt"
)

// MaxPages bounds what one content adapter adds.
const MaxPages = 20_000

// An Adapter is the dot of a content adapter (_content.gotmpl), a template that writes
// nothing and adds pages.
type Adapter struct {
	Site *Site
	// Everywhere says that it asked to be run for each language.
	Everywhere bool
	// Add takes a page: its front matter, with what Hugo has in "content" and "dates".
	Add func(page map[string]any) error

	pages int
	store *Store
}

// AddPage adds a page.
func (a *Adapter) AddPage(page any) (string, error) {
	table, ok := page.(map[string]any)
	if !ok {
		return "", errors.New("AddPage needs a table")
	}
	if a.pages++; a.pages > MaxPages {
		return "", fmt.Errorf("it adds more than %d pages", MaxPages)
	}
	return "", a.Add(table)
}

// EnableAllLanguages asks for a run for each language.
func (a *Adapter) EnableAllLanguages() string {
	a.Everywhere = true
	return ""
}

// Store keeps values.
func (a *Adapter) Store() *Store {
	if a.store == nil {
		a.store = &Store{values: map[string]any{}}
	}
	return a.store
}

func (a *Adapter) String() string { return "Content adapter" }
