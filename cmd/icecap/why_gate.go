package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"icecap/nginx"
	"icecap/nginx/local"
)

// A gateAnswer is what the gate would answer to a plain GET: no cookie, no
// log-in, the site's own host.
type gateAnswer struct {
	Source  string   `json:"source"`           // "disk", "app", or "none" where nobody is asked
	Status  int      `json:"status,omitempty"` // 0 where the app decides
	Letters string   `json:"letters,omitempty"`
	Why     []string `json:"why,omitempty"` // why it is not from disk
}

// notFrozen is how the gate says that no file was found.
const notFrozen = "not frozen"

// askGate puts the request to the gate itself, in this process, and listens to
// what it says about its decision.
func (p *published) askGate(host, request string, built bool) (gateAnswer, error) {
	server, err := p.config.front()
	if err != nil {
		return gateAnswer{}, err
	}
	server.Root = p.store.Dir()
	if host == "" {
		host = server.Hosts[0]
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + request + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")))
	if err != nil {
		return gateAnswer{Source: "none", Status: http.StatusBadRequest, Why: []string{"it is no HTTP request: " + err.Error()}}, nil
	}
	heard := &decision{}
	gate := &local.Gate{Server: server, Log: slog.New(heard)}
	if pass := p.config.App.Pass; pass != "none" && (pass != "" || !built) {
		gate.App = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	}
	answer := &headOnly{header: http.Header{}}
	gate.ServeHTTP(answer, r)
	return heard.answer(answer.status), nil
}

// A decision is a slog.Handler that keeps what the gate logs of one request.
type decision struct{ source, why string }

func (d *decision) Enabled(context.Context, slog.Level) bool { return true }
func (d *decision) WithAttrs([]slog.Attr) slog.Handler       { return d }
func (d *decision) WithGroup(string) slog.Handler            { return d }

func (d *decision) Handle(_ context.Context, record slog.Record) error {
	record.Attrs(func(attr slog.Attr) bool {
		switch attr.Key {
		case "source":
			d.source = attr.Value.String()
		case "why":
			d.why = attr.Value.String()
		}
		return true
	})
	return nil
}

// answer puts the letters into words.
func (d *decision) answer(status int) gateAnswer {
	answer := gateAnswer{Source: d.source, Status: status}
	if d.source == "app" {
		answer.Status = 0
	}
	if d.why == "" {
		return answer
	}
	for _, letter := range d.why {
		sentence, ok := gateRules[letter]
		if !ok { // no letters, but words
			answer.Why = []string{d.why}
			return answer
		}
		answer.Why = append(answer.Why, sentence)
	}
	answer.Letters = d.why
	return answer
}

// words tell the decision to people.
func (g gateAnswer) words(r *whyReport) string {
	why := strings.Join(g.Why, "; ")
	if why == notFrozen && r.State == isPage {
		if r.Page.Fallback {
			return "passes it to the app; where that fails, the copy answers"
		}
		why = "its file is missing or cannot be read"
	}
	switch {
	case g.Source == "disk" && g.Status == http.StatusOK:
		return "answers from disk"
	case g.Source == "disk":
		return fmt.Sprintf("answers %d from disk", g.Status)
	case g.Source == nginx.MarkStale:
		return "answers from disk with a copy: the app is being worked on"
	case g.Source == nginx.MarkMaintenance:
		return fmt.Sprintf("answers %d: the app is being worked on", g.Status)
	case g.Source == "app":
		return "passes it to the app: " + why
	}
	return fmt.Sprintf("answers %d: %s", g.Status, why)
}

// A headOnly is a ResponseWriter that forgets the body.
type headOnly struct {
	header http.Header
	status int
}

func (h *headOnly) Header() http.Header { return h.header }

func (h *headOnly) Write(b []byte) (int, error) {
	if h.status == 0 {
		h.status = http.StatusOK
	}
	return len(b), nil
}

func (h *headOnly) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}
