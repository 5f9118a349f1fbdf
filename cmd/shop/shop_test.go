package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain is the shop itself when a test starts this binary again.
func TestMain(m *testing.M) {
	if os.Getenv("SHOP_RUN_MAIN") != "" {
		main()
		return
	}
	code := m.Run()
	stopPostgres()
	os.Exit(code)
}

// small is big enough for a second page in some categories.
var small = size{products: 400, categories: 12}

// A client talks to a shop over HTTP. It follows no redirect and keeps cookies
// only if it has a jar.
type client struct {
	t *testing.T
	*http.Client
	url string
}

// eachDatabase runs a story against a shop on SQLite, and on PostgreSQL where it is installed.
func eachDatabase(t *testing.T, s size, story func(t *testing.T, c client)) {
	t.Run("sqlite", func(t *testing.T) {
		story(t, startShop(t, s, filepath.Join(t.TempDir(), "a shop?#%.db"), ""))
	})
	t.Run("postgresql", func(t *testing.T) {
		story(t, startShop(t, s, "", postgresDatabase(t)))
	})
}

// startShop serves a freshly seeded shop until the test ends.
func startShop(t *testing.T, s size, file, dsn string) client {
	t.Helper()
	db, err := openDatabase(t.Context(), file, dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seed(t.Context(), db, s); err != nil {
		t.Fatal(err)
	}
	handler, err := newShop(db, 0, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.Close(); db.Close() })
	return newClient(t, server.URL)
}

func newClient(t *testing.T, url string) client {
	return client{t, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, url}
}

// withJar is the same client as a browser that keeps cookies.
func (c client) withJar() client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.Client = &http.Client{CheckRedirect: c.CheckRedirect, Jar: jar}
	return c
}

// An answer is a response whose body was read.
type answer struct {
	*http.Response
	body string
}

// get asks for a path, with header lines such as "Host: a.example".
func (c client) get(path string, header ...string) answer {
	c.t.Helper()
	return c.do(http.MethodGet, path, "", header...)
}

// post sends a form.
func (c client) post(path, form string, header ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, form, append(header, "Content-Type: application/x-www-form-urlencoded")...)
}

func (c client) do(method, path, body string, header ...string) answer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
		if name == "Host" {
			request.Host = value
		}
	}
	response, err := c.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	var read bytes.Buffer
	if _, err := io.Copy(&read, response.Body); err != nil {
		c.t.Fatalf("read %s: %v", path, err)
	}
	return answer{response, read.String()}
}

// want checks the status and returns the answer.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d\n%.300s", a.Request.Method, a.Request.URL, a.StatusCode, status, a.body)
	}
	return a
}
