package probe

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"icecap/content"
)

// A Source is who made an answer.
type Source string

const (
	FromDisk Source = "disk" // the gate, from a release
	// FromStale is a copy that stands in for a failing app.
	FromStale Source = "stale"
	// FromMaintenance is the page that is shown while the app is being worked on.
	FromMaintenance Source = "maintenance"
	FromApp         Source = "app"  // the app
	FromNone        Source = "none" // the server itself, without the app
)

// add reads one expectation.
func (w *Want) add(verb, rest string) error {
	switch verb {
	case "status":
		return readNumber(&w.Status, rest, 100, 599)
	case "touched":
		return readNumber(&w.Touched, rest, 0, 1000)
	case "source":
		w.Source = Source(rest)
		if !slices.Contains([]Source{FromDisk, FromStale, FromMaintenance, FromApp, FromNone}, w.Source) {
			return fmt.Errorf("the source %q is not disk, stale, maintenance, app or none", rest)
		}
		return nil
	case "type":
		return w.addType(rest)
	case "header":
		return w.addHeader(rest)
	case "no":
		name, found := strings.CutPrefix(rest, "header ")
		w.NoHeader = append(w.NoHeader, textproto.CanonicalMIMEHeaderKey(name))
		if !found || name == "" {
			return fmt.Errorf("no is followed by %q, not by header NAME", rest)
		}
		return nil
	case "saw":
		saw, err := textOf(rest)
		w.Saw = saw
		return err
	case "body":
		return w.addBody(rest)
	}
	return fmt.Errorf("the verb %q is unknown", verb)
}

func (w *Want) addType(rest string) error {
	if rest == "" {
		return fmt.Errorf("type needs a media type, or - for none")
	}
	if rest == "-" {
		rest = ""
	}
	w.MediaType = &rest
	return nil
}

func (w *Want) addHeader(rest string) error {
	name, value, found := strings.Cut(rest, ": ")
	if !found || name == "" {
		return fmt.Errorf("the header %q is not NAME: VALUE", rest)
	}
	w.Header = append(w.Header, content.Header{Name: textproto.CanonicalMIMEHeaderKey(name), Value: value})
	return nil
}

func (w *Want) addBody(rest string) error {
	op, text := cutField(rest)
	text, err := textOf(text)
	if err != nil {
		return err
	}
	switch op {
	case "is":
		if text == "-" {
			text = ""
		}
	case "contains":
		if text == "" {
			return fmt.Errorf("body contains needs a text")
		}
	case "sha256":
		if sum, err := hex.DecodeString(text); err != nil || len(sum) != sha256.Size {
			return fmt.Errorf("body sha256 is not %d hex digits", 2*sha256.Size)
		}
	case "bytes":
		var n int
		if err := readNumber(&n, text, 0, 1<<30); err != nil {
			return err
		}
	default:
		return fmt.Errorf("body is followed by %q, not by is, contains, sha256 or bytes", op)
	}
	w.Body = append(w.Body, BodyCheck{op, text})
	return nil
}

func readNumber(n *int, text string, low, high int) error {
	value, err := strconv.Atoi(text)
	if err != nil || value < low || value > high {
		return fmt.Errorf("%q is no number from %d to %d", text, low, high)
	}
	*n = value
	return nil
}

// check says what is wrong with an answer, in one line each.
func (w Want) check(got Answer, counted bool) (problems []string) {
	wrong := func(what string, got, want any) {
		problems = append(problems, fmt.Sprintf("%s is %v, want %v", what, got, want))
	}
	if got.Status != w.Status {
		wrong("status", got.Status, w.Status)
	}
	if counted && got.Source != w.Source || !counted && got.Source != w.Source && (got.Source != FromApp || w.Source != FromNone) {
		wrong("source", got.Source, w.Source)
	}
	if w.MediaType != nil && got.Header.Get("Content-Type") != *w.MediaType {
		wrong("type", quote(got.Header.Get("Content-Type")), quote(*w.MediaType))
	}
	for _, want := range w.Header {
		if value := strings.Join(got.Header.Values(want.Name), ", "); value != want.Value {
			wrong("header "+want.Name, quote(value), quote(want.Value))
		}
	}
	for _, name := range w.NoHeader {
		if values := got.Header.Values(name); len(values) > 0 {
			wrong("header "+name, quote(strings.Join(values, ", ")), "none")
		}
	}
	for _, check := range w.Body {
		if problem := check.problem(got.Body); problem != "" {
			problems = append(problems, problem)
		}
	}
	if !counted {
		return problems
	}
	if len(got.Touches) != w.Touched {
		wrong("number of touches of the app", len(got.Touches), w.Touched)
	} else if w.Touched > 0 && got.Touches[w.Touched-1].String() != w.Saw {
		wrong("what the app saw", quote(got.Touches[w.Touched-1].String()), quote(w.Saw))
	}
	return problems
}

// problem says why the body is not what c states, or "".
func (c BodyCheck) problem(body []byte) string {
	switch c.Op {
	case "is":
		if string(body) != c.Text {
			return fmt.Sprintf("body is %s, want %s", quote(string(body)), quote(c.Text))
		}
	case "contains":
		if !strings.Contains(string(body), c.Text) {
			return fmt.Sprintf("body %s does not contain %s", quote(string(body)), quote(c.Text))
		}
	case "sha256":
		if sum := sha256.Sum256(body); !strings.EqualFold(hex.EncodeToString(sum[:]), c.Text) {
			return fmt.Sprintf("body has the sha256 %x, want %s", sum, c.Text)
		}
	case "bytes":
		if strconv.Itoa(len(body)) != c.Text {
			return fmt.Sprintf("body has %d bytes, want %s", len(body), c.Text)
		}
	}
	return ""
}

// quote shortens what would drown a message.
func quote(text string) string {
	const most = 300
	if len(text) > most {
		return fmt.Sprintf("%q and %d bytes more", text[:most], len(text)-most)
	}
	return strconv.Quote(text)
}
