package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxForm = 64 << 10 // bytes of a POST
	// policy forbids inline scripts and styles, so it needs no nonce and is the same on every page.
	policy = "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)

// A shop answers all requests.
type shop struct {
	catalog   catalog
	sessions  sessions
	templates map[string]*template.Template
	files     map[string]staticFile
	slow      time.Duration // extra, for each page
	log       *slog.Logger
}

// newShop wires the routes that the package comment lists.
func newShop(db *database, slow time.Duration, log *slog.Logger) (http.Handler, error) {
	templates, err := parseTemplates()
	if err != nil {
		return nil, err
	}
	files, err := readStatic()
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	s := &shop{catalog{db}, sessions{db, secret}, templates, files, slow, log}

	mux := http.NewServeMux()
	for pattern, handler := range map[string]handler{
		"GET /{$}":               s.home,
		"GET /category/{slug}":   s.category,
		"GET /product/{slug}":    s.product,
		"GET /guides/{$}":        s.guides,
		"GET /guides/{slug}":     s.guide,
		"GET /about":             s.about,
		"GET /search":            s.search,
		"GET /for-you":           s.forYou,
		"GET /picks":             s.picks,
		"GET /finder":            s.finder,
		"GET /feed":              s.feed,
		"GET /sitemap.xml":       s.sitemap,
		"GET /robots.txt":        s.robots,
		"GET /api/categories":    s.apiCategories,
		"GET /api/products/{id}": s.apiProduct,
		"GET /stock/{id}":        s.stock,
		"GET /images/{file}":     s.picture,
		"GET /static/{file...}":  s.static,
		"GET /cart":              s.cart,
		"POST /cart/add":         s.cartAdd,
		"POST /cart/clear":       s.cartClear,
		"GET /login":             s.loginForm,
		"POST /login":            s.login,
		"GET /account":           s.account,
		"GET /logout":            s.logout,
		"GET /random":            s.random,
		"GET /old-products/{id}": s.oldProduct,
		"GET /guides":            s.oldGuides,
		"/":                      s.nothing,
	} {
		mux.Handle(pattern, s.answer(handler))
	}
	count := &counter{paths: map[string]int64{}}
	return uniform(count.counting(checkHost(http.NewCrossOriginProtection().Handler(mux)))), nil
}

// A handler writes an answer or returns an error; errNotFound makes a 404.
type handler func(http.ResponseWriter, *http.Request) error

// uniform sets the headers that every answer has.
func uniform(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	})
}

// checkHost refuses a Host that could not stand in an absolute link.
func checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !validHost(r.Host) {
			http.Error(w, "bad Host header", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// answer runs one handler and turns its error into a page.
func (s *shop) answer(next handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		err := next(w, r)
		switch {
		case err == nil:
		case errors.Is(err, errNotFound):
			s.fail(w, r, http.StatusNotFound)
		case errors.Is(err, context.Canceled) && r.Context().Err() != nil: // the visitor has gone
		default:
			s.log.Error("answer a request", "method", r.Method, "uri", r.RequestURI, "error", err)
			s.fail(w, r, http.StatusInternalServerError)
		}
	})
}

// fail answers with an error page, or with JSON where a program asked.
func (s *shop) fail(w http.ResponseWriter, r *http.Request, status int) {
	w.Header().Del("Cache-Control")
	if strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/stock/") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, "{\"error\":%q}\n", strings.ToLower(http.StatusText(status)))
		return
	}
	p, err := s.page(w, r, http.StatusText(status))
	if err == nil {
		err = s.render(w, r, status, "error", p, fresh{})
	}
	if err != nil { // such as a database that is down
		http.Error(w, http.StatusText(status), status)
	}
}

// nothing is behind every URL that no other route takes.
func (s *shop) nothing(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this address takes no "+r.Method, http.StatusMethodNotAllowed)
		return nil
	}
	return errNotFound
}

// baseURL is the scheme and host under which the visitor knows the shop.
func baseURL(r *http.Request) string {
	scheme := "http"
	if r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// validHost tells a host name or address with an optional port from anything else.
func validHost(host string) bool {
	for _, c := range host {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("-._:[]", c)) {
			return false
		}
	}
	return host != "" && len(host) <= 255
}

// rowID reads a row's number, as it is spelled in a link.
func rowID(text string) (int, error) {
	id, err := strconv.ParseInt(text, 10, 32)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text {
		return 0, errNotFound
	}
	return int(id), nil
}
