package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"os"
	"time"

	"github.com/dustin/go-humanize"

	"icecap/freeze"
)

// reportHTML is one page that needs nothing else: no script, no font, no
// network. Its Content-Security-Policy holds it to that, should a crawled name
// ever get through.
//
//go:embed report.html
var reportHTML string

// partsHTML is what the reports share: style, bars and plots.
//
//go:embed report_parts.html
var partsHTML string

// openReport opens the file of --report before the crawl, so that a wrong name
// does not cost one. It is nil for the empty name.
func openReport(name string) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, usageError{fmt.Errorf("open the report: %w", err)}
	}
	return file, nil
}

// A reportInput is what a run of freeze leaves for its report.
type reportInput struct {
	site     string // address of the site
	done     *outcome
	err      error // why nothing was published, or not all is well; nil where it is
	start    time.Time
	took     time.Duration
	observed freeze.Observed
	slowest  []freeze.Timed
}

// writeReport writes the report and closes the file. It does nothing for a nil file.
func writeReport(file *os.File, in reportInput) error {
	if file == nil {
		return nil
	}
	page, err := renderReport(in)
	return writePage(file, page, err)
}

// writePage writes a rendered report, unless that failed, and closes the file.
func writePage(file *os.File, page []byte, err error) error {
	if err == nil {
		// What was there before may be longer.
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.Write(page)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func renderReport(in reportInput) ([]byte, error) { return renderPage(reportHTML, viewReport(in)) }

// renderPage fills the template of one report.
func renderPage(page string, view any) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"bytes": func(n int64) string { return humanize.IBytes(uint64(n)) },
		"count": func(n any) string {
			if n, ok := n.(int64); ok {
				return humanize.Comma(n)
			}
			return humanize.Comma(int64(n.(int)))
		},
		"plural": func(n int, noun string) string {
			if n == 1 {
				return "1 " + noun
			}
			return humanize.Comma(int64(n)) + " " + noun + "s"
		},
		"time": func(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") },
	}).Parse(partsHTML + page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, view)
	return b.Bytes(), err
}
