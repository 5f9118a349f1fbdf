package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed templates
var templateFS embed.FS

// A page is what every template sees; Main is the part of its own.
type page struct {
	Title       string
	Description string
	Base        string // scheme and host, for absolute links
	Path        string // of the canonical link; "" for a page that has none
	Image       string // path of the preview picture
	Departments []department
	Visitor     *visitor // nil for the anonymous
	Nonce       string   // for inline scripts; "" but on one page
	Query       string   // what was searched
	Main        any
}

// A department is a group of categories in the footer.
type department struct {
	Name       string
	Categories []category
}

// departments groups categories, which come in the order of their departments.
func departments(categories []category) []department {
	var all []department
	for _, c := range categories {
		if n := len(all); n == 0 || all[n-1].Name != c.Department {
			all = append(all, department{Name: c.Department})
		}
		last := &all[len(all)-1]
		last.Categories = append(last.Categories, c)
	}
	return all
}

// page starts a page: asks for the categories and for who is looking.
func (s *shop) page(w http.ResponseWriter, r *http.Request, title string) (*page, error) {
	categories, err := s.catalog.categories(r.Context())
	if err != nil {
		return nil, err
	}
	p := &page{Title: title, Base: baseURL(r), Departments: departments(categories)}
	if p.Visitor, err = s.sessions.visitor(r); err != nil {
		return nil, err
	}
	if p.Visitor != nil && w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "private")
	}
	return p, nil
}

// fresh says how an answer proves that a copy of it is still good: by its
// bytes, by a date, or, as the zero value, not at all.
type fresh struct {
	etag     bool
	modified time.Time
}

// render writes a page. One made for a visitor proves nothing.
func (s *shop) render(w http.ResponseWriter, r *http.Request, status int, name string, p *page, f fresh) error {
	var body bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&body, "base", p); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	if s.slow > 0 {
		select {
		case <-time.After(s.slow):
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	if status != http.StatusOK {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		w.Write(body.Bytes())
		return nil
	}
	if p.Visitor != nil {
		f = fresh{}
	}
	return reply(w, r, "text/html; charset=utf-8", body.Bytes(), f)
}

// reply writes a body with status 200, or 304 when the request names a copy
// that is still good.
func reply(w http.ResponseWriter, r *http.Request, mediaType string, body []byte, f fresh) error {
	w.Header().Set("Content-Type", mediaType)
	if f.etag {
		w.Header().Set("ETag", etagOf(body))
	}
	http.ServeContent(w, r, "", f.modified, bytes.NewReader(body))
	return nil
}

func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return fmt.Sprintf(`"%x"`, sum[:8])
}

// parseTemplates reads each page's template together with the shared ones.
func parseTemplates() (map[string]*template.Template, error) {
	shared, err := template.New("").Funcs(template.FuncMap{
		"price":  func(cents int) string { return fmt.Sprintf("€ %d.%02d", cents/100, cents%100) },
		"day":    func(unix int64) string { return time.Unix(unix, 0).UTC().Format("2 January 2006") },
		"isoDay": func(unix int64) string { return time.Unix(unix, 0).UTC().Format("2006-01-02") },
		"stars":  func(n int) string { return strings.Repeat("★", n) + strings.Repeat("☆", 5-n) },
	}).ParseFS(templateFS, "templates/base.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("parse the shared templates: %w", err)
	}
	templates := map[string]*template.Template{}
	for _, name := range []string{"home", "category", "product", "guides", "guide", "about", "search", "list", "finder", "cart", "login", "account", "error"} {
		own, err := shared.Clone()
		if err == nil {
			own, err = own.ParseFS(templateFS, "templates/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("parse the template %s: %w", name, err)
		}
		templates[name] = own
	}
	return templates, nil
}
