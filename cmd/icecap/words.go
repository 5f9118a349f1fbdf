package main

// All that icecap says to a person goes through this file: lower case, no full
// stop, one line each for what failed, where, and how to mend it.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/content/release"
	"icecap/content/release/bucket"
	"icecap/freeze"
	"icecap/nginx"
)

// errSaid ends a command whose report already told what is wrong.
var errSaid = errors.New("already reported")

// An exitError carries the exit code that a command chose.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string { return e.err.Error() }
func (e exitError) Unwrap() error { return e.err }

// A usageError is a word on the command line or in the configuration that cannot be meant.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// A hintedError says how to mend what failed.
type hintedError struct {
	err  error
	at   string
	hint string
}

func (e hintedError) Error() string { return e.err.Error() }
func (e hintedError) Unwrap() error { return e.err }

// exitCode is the contract of the package comment.
func exitCode(ctx context.Context, err error) int {
	var exit exitError
	var usage usageError
	var config *configError
	var field *nginx.FieldError
	var foreign *release.ForeignError
	var check *release.CheckError
	var setting *freeze.ConfigError
	var address *bucket.AddressError
	var occupied *bucket.ForeignError
	var soft *freeze.SoftError
	switch {
	case ctx.Err() != nil:
		return 130
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &check), errors.As(err, &soft):
		return 3
	case errors.As(err, &usage), errors.As(err, &config), errors.As(err, &field), errors.As(err, &foreign), errors.As(err, &setting),
		errors.As(err, &address), errors.As(err, &occupied):
		return 2
	case strings.HasPrefix(err.Error(), "unknown command"): // cobra has no type for it
		return 2
	}
	return 1
}

// A complaint is an error in the words of the command line.
type complaint struct{ what, at, hint string }

func (c complaint) print(w io.Writer) {
	fmt.Fprintf(w, "error: %s\n", printable(c.what))
	if c.at != "" {
		fmt.Fprintf(w, "   at: %s\n", strings.ReplaceAll(printable(c.at), "\n", "\n       "))
	}
	if c.hint != "" {
		fmt.Fprintf(w, " hint: %s\n", printable(c.hint))
	}
}

// describe finds the words for an error. An error that knows how to be mended
// has a Hint method.
func describe(err error) complaint {
	c := complaint{what: err.Error()}
	var hinted hintedError
	var config *configError
	var hinter interface{ Hint() string }
	var incomplete *content.IncompleteError
	var field *nginx.FieldError
	var check *release.CheckError
	switch {
	case errors.As(err, &hinted):
		c.at, c.hint = hinted.at, hinted.hint
	case errors.As(err, &config):
		c = complaint{config.what, config.at, config.hint}
	case errors.As(err, &hinter):
		c.hint = hinter.Hint()
	case errors.As(err, &check):
		c.hint = check.Hint
	case errors.As(err, &incomplete):
		c.hint = incomplete.Hint
	case errors.As(err, &field):
		c.hint = "nothing was written; only plain values are allowed there"
	case errors.Is(err, release.ErrNoRelease):
		c.hint = "publish one first: icecap freeze URL"
	case strings.HasPrefix(err.Error(), "unknown command"):
		c.hint = "icecap help lists the commands"
	}
	if errors.Is(err, context.Canceled) {
		c.what = "interrupted; the published site is untouched"
	}
	return c
}

// printable keeps a crawled name from writing control sequences to a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || 0x80 <= r && r <= 0x9f {
			return '\uFFFD'
		}
		return r
	}, s)
}

// say writes one line of talk.
func (a *app) say(format string, args ...any) {
	fmt.Fprintln(a.stderr, printable(fmt.Sprintf(format, args...)))
}

// reply writes one line of result.
func (a *app) reply(format string, args ...any) {
	fmt.Fprintln(a.stdout, printable(fmt.Sprintf(format, args...)))
}

// replyJSON writes a report for programs.
func (a *app) replyJSON(v any) error {
	w := bufio.NewWriter(a.stdout)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return w.Flush()
}

// logger speaks on standard error, at the level of -v.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	switch {
	case a.verbose == 1:
		level = slog.LevelInfo
	case a.verbose > 1:
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

// addJSON adds the flag that every report has.
func addJSON(cmd *cobra.Command, target *bool) {
	cmd.Flags().BoolVar(target, "json", false, "print the report as JSON")
}

// plural is "1 page", "2 pages".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
