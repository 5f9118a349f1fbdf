package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"strings"
)

// A junitSuite is a report as build servers read it: the format of Ant's JUnit
// task, of which only what all of them understand is used.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

// A junitCase is one target: broken, or a detour or doubtful, which count as skipped.
type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitMessage `xml:"failure"`
	Skipped *junitMessage `xml:"skipped"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes the findings to a file.
func writeJUnit(file string, r *linkReport) error {
	suite := junitSuite{Name: "icecap check"}
	// A suite without a test would look like one that did not run.
	suite.Cases = append(suite.Cases, junitCase{Class: "links", Name: fmt.Sprintf("%s of %s", plural(r.Links, "link"), plural(r.Pages, "page"))})
	failed := func(class string, findings []linkFinding) {
		for _, f := range findings {
			suite.Failures++
			suite.Cases = append(suite.Cases, junitCase{Class: class, Name: f.URL, Failure: f.junit()})
		}
	}
	failed("broken", r.Broken)
	failed("fragment", r.Fragments)
	skipped := func(class string, findings []linkFinding) {
		for _, f := range findings {
			suite.Skipped++
			suite.Cases = append(suite.Cases, junitCase{Class: class, Name: f.URL, Skipped: f.junit()})
		}
	}
	skipped("redirect", r.Redirects)
	skipped("doubtful", r.Doubtful)
	suite.Tests = len(suite.Cases)
	text, err := xml.MarshalIndent(suite, "", "  ")
	if err == nil {
		err = os.WriteFile(file, append([]byte(xml.Header), append(text, '\n')...), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

func (f linkFinding) junit() *junitMessage {
	text := "linked by " + strings.Join(f.From, "\n          ")
	if more := f.Pages - len(f.From); more > 0 {
		text += "\n      and " + plural(more, "more page")
	}
	for _, p := range f.Places {
		text += "\n" + p.At() + ": " + p.Excerpt
	}
	return &junitMessage{Message: f.Detail, Text: text}
}
