package theme

import (
	"fmt"
	"html/template"
	"time"
)

// functions are those of the contract.
func (t *Theme) functions() template.FuncMap {
	return template.FuncMap{
		"contract":   needContract,
		"word":       t.Word,
		"date":       t.Date,
		"iso":        isoDate,
		"time":       t.timeElement,
		"plural":     t.plural,
		"asset":      t.asset,
		"stylesheet": t.stylesheet,
		"script":     t.script,
		"integrity":  t.integrity,
		"hasAsset":   t.hasAsset,
	}
}

func needContract(version int) (string, error) {
	if version < 1 || version > Contract {
		return "", fmt.Errorf("the theme wants version %d of the contract; this icecap knows 1 to %d", version, Contract)
	}
	return "", nil
}

func formatDate(layout string, d time.Time) string {
	if d.IsZero() {
		return ""
	}
	return d.Format(layout)
}

func isoDate(d time.Time) string { return formatDate(time.RFC3339, d) }

// timeElement is a date for people and machines; "" for no date.
func (t *Theme) timeElement(layout string, d time.Time) template.HTML {
	if d.IsZero() {
		return ""
	}
	return template.HTML(`<time datetime="` + isoDate(d) + `">` + template.HTMLEscapeString(t.Date(layout, d)) + "</time>")
}
