package probe

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

// A Result is what became of one case.
type Result struct {
	Case     Case
	Answers  []Answer // one for each exchange, until one failed
	Problems []string // empty where the case passed; each names its line
}

// Run asks the target case by case, one at a time. Its error is that of ctx;
// a request that got no answer is a problem of its case.
func (t Target) Run(ctx context.Context, s Script) ([]Result, error) {
	var results []Result
	for _, c := range s.Cases {
		results = append(results, t.runCase(ctx, s.Name, c))
		if ctx.Err() != nil {
			return results, fmt.Errorf("run script %s: %w", s.Name, ctx.Err())
		}
	}
	return results, nil
}

func (t Target) runCase(ctx context.Context, script string, c Case) Result {
	result := Result{Case: c}
	for _, exchange := range c.Exchanges {
		problem := func(text string) {
			result.Problems = append(result.Problems, fmt.Sprintf("%s:%d: %s: %s", script, exchange.Line, quote(c.Name), text))
		}
		request := exchange.Request
		if len(result.Answers) > 0 {
			request.Header = fill(request.Header, result.Answers[0].Header)
		}
		answer, err := t.Do(ctx, request)
		if err != nil {
			problem(err.Error())
			break
		}
		result.Answers = append(result.Answers, answer)
		for _, text := range exchange.Want.check(answer, t.App != nil) {
			problem(text)
		}
	}
	if len(result.Problems) > 0 && c.Hint != "" {
		result.Problems = append(result.Problems, "hint: "+c.Hint)
	}
	return result
}

// fill writes the first answer's headers into a follow-up.
func fill(lines []string, first http.Header) []string {
	replacer := strings.NewReplacer("{etag}", first.Get("ETag"), "{last-modified}", first.Get("Last-Modified"))
	filled := make([]string, len(lines))
	for i, line := range lines {
		filled[i] = replacer.Replace(line)
	}
	return filled
}

// A Server is a handler on a port of this machine.
type Server struct {
	Address string // "127.0.0.1:41234"
	server  http.Server
}

// Serve puts a handler on a free port of 127.0.0.1, without anything that
// would change a request on its way.
func Serve(h http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on a free port: %w", err)
	}
	s := &Server{Address: listener.Addr().String(), server: http.Server{
		Handler: h,
		// net/http would answer "OPTIONS *" itself.
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            time.Minute,
		ErrorLog:                     log.New(io.Discard, "", 0),
	}}
	go s.server.Serve(listener)
	return s, nil
}

// Close ends the server and its connections.
func (s *Server) Close() error { return s.server.Close() }
