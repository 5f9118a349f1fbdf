package hugo

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// A Language is one in which the site is written. What it does not say of itself is
// what the configuration says of all.
type Language struct {
	Key         string
	Locale      string         // BCP 47: locale, languageCode, or the key
	Label       string         // as a switch between languages shows it, or ""
	Direction   string         // "rtl", "ltr" or ""
	Title       string         // of the site in it
	Description string         // params.description
	Author      string         // params.author, or its name
	Params      map[string]any // keys in lower case
	Menus       map[string][]MenuEntry
	Words       map[string]string // of the site's own templates, of i18n/KEY.toml and the like
	ContentDir  string            // of its own, or ""
	Weight      int
}

// readLanguages reads languages; the default one comes first.
func (c *Config) readLanguages(all values) error {
	own := strings.ToLower(cmp.Or(all.text("defaultcontentlanguage"), "en"))
	table := all.table("languages")
	disabled := lowerAll(all.texts("disablelanguages"))
	for key := range table {
		l := table.table(key)
		if l == nil {
			return fmt.Errorf("languages.%s is no table", key)
		}
		if l.flag("disabled", false) || slices.Contains(disabled, key) {
			continue
		}
		c.Languages = append(c.Languages, readLanguage(key, l, all))
	}
	slices.SortFunc(c.Languages, func(x, y Language) int {
		if (x.Key == own) != (y.Key == own) {
			if x.Key == own {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.Weight, y.Weight), strings.Compare(x.Key, y.Key))
	})
	if len(c.Languages) == 0 || c.Languages[0].Key != own {
		c.Languages = append([]Language{readLanguage(own, values{}, all)}, c.Languages...)
	}
	first := &c.Languages[0]
	first.Locale = cmp.Or(table.table(own).text("locale", "languagecode"), all.text("locale", "languagecode"), own)
	if first.ContentDir != "" {
		c.ContentDir = path.Clean(first.ContentDir)
	}
	return nil
}

func readLanguage(key string, l, all values) Language {
	params := plain(all.table("params"))
	overlay(params, plain(l.table("params")))
	out := Language{
		Key: key, Locale: cmp.Or(l.text("locale", "languagecode"), key), Label: l.text("label", "languagename"),
		Direction: strings.ToLower(l.text("direction", "languagedirection")), Title: cmp.Or(l.text("title"), all.text("title")),
		ContentDir: l.text("contentdir"), Weight: l.number("weight", 0), Params: params,
	}
	out.Description, _ = params["description"].(string)
	switch author := params["author"].(type) {
	case string:
		out.Author = author
	case map[string]any:
		out.Author, _ = author["name"].(string)
	}
	if out.Menus = readMenus(l); out.Menus == nil {
		out.Menus = readMenus(all)
	}
	return out
}

// overlay puts one table over another: what is a table in both is merged.
func overlay(into, over map[string]any) {
	for key, value := range over {
		table, ok := value.(map[string]any)
		if below, both := into[key].(map[string]any); ok && both {
			below = maps.Clone(below)
			overlay(below, table)
			value = below
		}
		into[key] = value
	}
}
