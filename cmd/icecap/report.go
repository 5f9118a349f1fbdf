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

// A reportFile is the file of --report. It is opened before the work, so that a wrong
// name does not cost that, and keeps what it has until the report is there.
type reportFile struct {
	*os.File
	fresh bool // it was not there before, and nothing is written yet
}

// openReport is nil for the empty name. Its file must be closed.
func openReport(name string) (*reportFile, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		return &reportFile{file, true}, nil
	}
	if file, err = os.OpenFile(name, os.O_WRONLY, 0); err != nil {
		return nil, usageError{fmt.Errorf("open the report: %w", err)}
	}
	return &reportFile{file, false}, nil
}

// fill writes a page in the place of what is there.
func (f *reportFile) fill(template string, view any) error {
	page, err := renderPage(template, view)
	if err == nil {
		f.fresh = false
		err = f.Truncate(0) // what was there may be longer
	}
	if err == nil {
		_, err = f.Write(page)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// close leaves no empty file behind where there was none. It does nothing for nil.
func (f *reportFile) close() error {
	if f == nil {
		return nil
	}
	err := f.Close()
	if f.fresh {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	if err != nil {
		return fmt.Errorf("close the report: %w", err)
	}
	return nil
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
