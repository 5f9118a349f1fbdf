package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"icecap/nginx"
)

// A page is one frozen page, as the manifest has it.
type page struct {
	url  string // path and query
	shop bool   // a page that the shop answers, too
	sum  string // SHA-256 of the body, in hex
}

// client keeps nothing between requests that a stranger would not keep.
var client = &http.Client{
	Timeout:       20 * time.Second,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// fetch returns the answer with its body read.
func fetch(request *http.Request) (*http.Response, []byte, error) {
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, body, err
}

// askAll fetches every frozen page through the gate. Each must come from disk,
// with the bytes of the release.
func (d *demo) askAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan page)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for p := range work {
				if err := d.ask(ctx, p); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, p := range d.pages {
		if ctx.Err() != nil {
			break
		}
		work <- p
	}
	close(work)
	group.Wait()
	return context.Cause(ctx)
}

func (d *demo) ask(ctx context.Context, p page) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.gate.url+p.url, nil)
	if err != nil {
		return err
	}
	response, body, err := fetch(request)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	switch {
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("get %s: %s", request.URL, response.Status)
	case response.Header.Get(nginx.Marker) != "disk":
		return fmt.Errorf("get %s: it did not come from disk", request.URL)
	case hex.EncodeToString(sum[:]) != p.sum:
		return fmt.Errorf("get %s: its %d bytes are not those of the release", request.URL, len(body))
	}
	return nil
}

// A visit is a request that only the shop can answer.
type visit struct {
	name, method, url, cookie, form string
}

var visits = []visit{
	{"the cart", http.MethodGet, "/cart", "", ""},
	{"a search", http.MethodGet, "/search?q=tea", "", ""},
	{"the log-in", http.MethodGet, "/login", "", ""},
	{"a POST", http.MethodPost, "/cart/add", "", "product=1"},
	{"the home page for a visitor with a session", http.MethodGet, "/", sessionCookie + "=0123456789abcdef", ""},
}

func visitNames() string {
	var names []string
	for _, v := range visits {
		names = append(names, v.name)
	}
	return strings.Join(names, ", ")
}

// visit makes one such request; whatever the shop says to it is right.
func (d *demo) visit(ctx context.Context, v visit) error {
	request, err := http.NewRequestWithContext(ctx, v.method, d.gate.url+v.url, strings.NewReader(v.form))
	if err != nil {
		return err
	}
	if v.form != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.cookie != "" {
		request.Header.Set("Cookie", v.cookie)
	}
	response, _, err := fetch(request)
	if err == nil && (response.StatusCode >= 500 || response.Header.Get(nginx.Marker) != "") {
		err = fmt.Errorf("%s %s: answered %s from %q, not by the shop", v.method, request.URL, response.Status, response.Header.Get(nginx.Marker))
	}
	return err
}

// statusOf is the gate's status for a path, or what went wrong.
func (d *demo) statusOf(ctx context.Context, path string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.gate.url+path, nil)
	if err != nil {
		return err.Error()
	}
	response, _, err := fetch(request)
	if err != nil {
		return err.Error()
	}
	return response.Status
}

// count asks the shop, not the gate, how many requests it has handled.
func (d *demo) count(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.shopURL+"/-/count", nil)
	if err != nil {
		return 0, err
	}
	_, body, err := fetch(request)
	if err != nil {
		return 0, err
	}
	var counted struct{ Requests int }
	if err := json.Unmarshal(body, &counted); err != nil {
		return 0, fmt.Errorf("read the shop's counter: %w", err)
	}
	return counted.Requests, nil
}
