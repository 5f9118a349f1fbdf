package gotmpl

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

func unknownHere(name string) error { return fmt.Errorf("it uses %s, which is not known here", name) }

// A Store keeps values while a page is made (Scratch).
type Store struct{ values map[string]any }

// maxStore is how many values there are in a store.
const maxStore = 1000

// Set keeps a value.
func (s *Store) Set(key string, value any) (string, error) {
	if s.values[key] = value; len(s.values) > maxStore {
		return "", errTooMuch
	}
	return "", nil
}

// Get is a value, or nil.
func (s *Store) Get(key string) any { return s.values[key] }

// Delete takes a value away.
func (s *Store) Delete(key string) string {
	delete(s.values, key)
	return ""
}

// Values are all of them.
func (s *Store) Values() map[string]any { return maps.Clone(s.values) }

// Add adds to a value: numbers are summed, texts joined, lists grow.
func (s *Store) Add(key string, value any) (string, error) {
	old, ok := s.values[key]
	if !ok {
		s.values[key] = value
		return "", nil
	}
	var sum any
	var err error
	switch {
	case isList(old):
		sum, err = joined(old, value)
	case isNumber(old) && isNumber(value):
		sum, err = arithmetic("+", old, value)
	default:
		sum = text(old) + text(value)
	}
	if err == nil {
		err = sized(sum)
	}
	s.values[key] = sum
	return "", err
}

// SetInMap keeps a value in a table of the store.
func (s *Store) SetInMap(key, field string, value any) (string, error) {
	table, ok := s.values[key].(map[string]any)
	if !ok {
		table = map[string]any{}
		s.values[key] = table
	}
	left := MaxList
	own, err := copied(value, &left, maxDepth) // so that no table is within itself
	if err != nil {
		return "", err
	}
	table[field] = own
	return "", sized(table)
}

// maxDepth bounds tables within tables.
const maxDepth = 50

func copied(value any, left *int, depth int) (any, error) {
	if *left--; *left < 0 || depth == 0 {
		return nil, errTooMuch
	}
	var err error
	switch v := value.(type) {
	case map[string]any:
		table := make(map[string]any, len(v))
		for key := range v {
			if table[key], err = copied(v[key], left, depth-1); err != nil {
				return nil, err
			}
		}
		return table, nil
	case []any:
		list := make([]any, len(v))
		for i := range v {
			if list[i], err = copied(v[i], left, depth-1); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return value, nil
}

// DeleteInMap takes a value out of a table of the store.
func (s *Store) DeleteInMap(key, field string) string {
	if table, ok := s.values[key].(map[string]any); ok {
		delete(table, field)
	}
	return ""
}

// GetSortedMapValues are the values of a table in the order of its keys.
func (s *Store) GetSortedMapValues(key string) (list []any) {
	table, _ := s.values[key].(map[string]any)
	for _, field := range slices.Sorted(maps.Keys(table)) {
		list = append(list, table[field])
	}
	return list
}

// A Resource is a file that a template can lead to.
type Resource struct {
	Name, Title             string
	RelPermalink, Permalink string
	ResourceType            string // "image", "text" ...
	Width, Height           int    // of a picture, 0 if it is not known
	Params                  map[string]any

	// Read is what the file holds; it may be nil.
	Read func() ([]byte, error)
}

// Content is what the file holds.
func (r *Resource) Content() (string, error) {
	if r.Read == nil {
		return "", unknownHere(".Content")
	}
	data, err := r.Read()
	if err == nil && len(data) > MaxText {
		err = errTooMuch
	}
	return string(data), err
}

// Resources are files beside a page.
type Resources []*Resource

// Get is one by its name, or nil.
func (r Resources) Get(name string) *Resource {
	name = strings.TrimPrefix(path.Clean(name), "/")
	for _, one := range r {
		if strings.EqualFold(one.Name, name) {
			return one
		}
	}
	return nil
}

// GetMatch is the first whose name a pattern fits, or nil.
func (r Resources) GetMatch(pattern string) *Resource {
	if all := r.Match(pattern); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Match are those whose name a pattern fits; a star stands for no slash.
func (r Resources) Match(pattern string) (list Resources) {
	pattern = strings.ToLower(strings.TrimPrefix(pattern, "/"))
	for _, one := range r {
		name := strings.ToLower(one.Name)
		if ok, err := path.Match(pattern, name); ok && err == nil {
			list = append(list, one)
		} else if rest, deep := strings.CutPrefix(pattern, "**"); deep {
			if ok, err := path.Match(rest, path.Base(name)); ok && err == nil || strings.HasSuffix(name, rest) {
				list = append(list, one)
			}
		}
	}
	return list
}

// ByType are those of a type, as "image".
func (r Resources) ByType(kind string) (list Resources) {
	for _, one := range r {
		if one.ResourceType == kind {
			list = append(list, one)
		}
	}
	return list
}
