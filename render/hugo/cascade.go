package hugo

import (
	"fmt"
	"maps"
)

// A Cascade gives values of front matter to the pages that its target matches,
// where they do not have them. That of a list's text counts for the pages below
// its folder, and for itself.
type Cascade struct {
	Target Target
	Values map[string]any // keys in lower case
}

// ReadCascades reads the key cascade of front matter or of the configuration: a
// table, or a list of tables.
func ReadCascades(value any) ([]Cascade, error) {
	return readCascades(values{"cascade": lower(value)})
}

func readCascades(in values) (list []Cascade, err error) {
	for _, table := range in.tables("cascade") {
		target := table.table("target")
		if target == nil {
			target = table.table("_target")
		}
		c := Cascade{Values: map[string]any{}}
		if c.Target, err = newTarget(target.text("kind"), target.text("path"), target.text("lang")); err != nil {
			return nil, fmt.Errorf("cascade: %w", err)
		}
		for key, value := range table {
			if key != "target" && key != "_target" {
				c.Values[key] = plainValue(value)
			}
		}
		// What is below params is a parameter like any other.
		if params, ok := c.Values["params"].(map[string]any); ok {
			delete(c.Values, "params")
			maps.Copy(c.Values, params)
		}
		list = append(list, c)
	}
	return list, nil
}

func (c *Config) readCascades(all values) (err error) {
	c.Cascades, err = readCascades(all)
	return err
}
