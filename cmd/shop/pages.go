package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// homePage is what the template of the first page sees.
type homePage struct {
	Shelves                []department // with the number of products
	Hero, Featured, Newest []card
}

func (s *shop) home(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(w, r, "Larder & Loom")
	if err != nil {
		return err
	}
	featured, err := s.catalog.featured(r.Context(), 12)
	if err != nil {
		return err
	}
	newest, err := s.catalog.newest(r.Context(), 8)
	if err != nil {
		return err
	}
	counted, err := s.catalog.counted(r.Context())
	if err != nil {
		return err
	}
	updated, err := s.catalog.updated(r.Context())
	if err != nil {
		return err
	}
	p.Description, p.Path = "A general store for kitchen, table, garden and desk.", "/"
	p.Main = homePage{departments(counted), newest[:min(4, len(newest))], featured, newest}
	return s.render(w, r, http.StatusOK, "home", p, fresh{modified: updated})
}

// shelfPage is what the template of a category sees.
type shelfPage struct {
	Category       category
	Cards          []card
	Number, Pages  int
	Previous, Next string // links; "" at an end
}

func (s *shop) category(w http.ResponseWriter, r *http.Request) error {
	cat, err := s.catalog.category(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	number := 1
	if text := r.URL.Query().Get("page"); text != "" {
		if number, err = rowID(text); err != nil {
			return err
		}
	}
	pages := max((cat.Products+perPage-1)/perPage, 1)
	if number > pages {
		return errNotFound
	}
	cards, err := s.catalog.shelf(r.Context(), cat.ID, number)
	if err != nil {
		return err
	}
	updated, err := s.catalog.shelfUpdated(r.Context(), cat)
	if err != nil {
		return err
	}
	p, err := s.page(w, r, cat.Name)
	if err != nil {
		return err
	}
	link := func(n int) string {
		switch {
		case n < 1 || n > pages:
			return ""
		case n == 1:
			return cat.URL()
		}
		return cat.URL() + "?page=" + strconv.Itoa(n)
	}
	p.Description, p.Path, p.Image = cat.Blurb, link(number), cat.Banner(960)
	p.Main = shelfPage{cat, cards, number, pages, link(number - 1), link(number + 1)}
	return s.render(w, r, http.StatusOK, "category", p, fresh{modified: updated})
}

// productPage is what the template of a product sees.
type productPage struct {
	Product        product
	Reviews        []review
	Related        []card
	Previous, Next *card
}

func (s *shop) product(w http.ResponseWriter, r *http.Request) error {
	item, err := s.catalog.product(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	main := productPage{Product: item}
	if main.Reviews, err = s.catalog.reviews(r.Context(), item.ID); err != nil {
		return err
	}
	if main.Related, err = s.catalog.related(r.Context(), item); err != nil {
		return err
	}
	if main.Previous, main.Next, err = s.catalog.neighbours(r.Context(), item); err != nil {
		return err
	}
	p, err := s.page(w, r, item.Name)
	if err != nil {
		return err
	}
	p.Description, p.Path, p.Main = item.Summary, item.URL(), main
	p.Image = category{Slug: item.CategorySlug}.Banner(960)
	return s.render(w, r, http.StatusOK, "product", p, fresh{etag: true})
}

func (s *shop) guides(w http.ResponseWriter, r *http.Request) error {
	all, err := s.catalog.guides(r.Context())
	if err != nil {
		return err
	}
	p, err := s.page(w, r, "Guides")
	if err != nil {
		return err
	}
	var newest int64
	for _, g := range all {
		newest = max(newest, g.Updated)
	}
	p.Description, p.Path, p.Main = "How to care for what you own.", "/guides/", all
	return s.render(w, r, http.StatusOK, "guides", p, fresh{modified: time.Unix(newest, 0)})
}

func (s *shop) guide(w http.ResponseWriter, r *http.Request) error {
	g, err := s.catalog.guide(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	p, err := s.page(w, r, g.Title)
	if err != nil {
		return err
	}
	p.Description, p.Path, p.Main = g.Summary, "/guides/"+g.Slug, g
	return s.render(w, r, http.StatusOK, "guide", p, fresh{modified: time.Unix(g.Updated, 0)})
}

func (s *shop) about(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(w, r, "About us")
	if err != nil {
		return err
	}
	p.Description, p.Path = "Who we are, and how to read the shop with a program.", "/about"
	return s.render(w, r, http.StatusOK, "about", p, fresh{etag: true})
}

func (s *shop) search(w http.ResponseWriter, r *http.Request) error {
	query := strings.TrimSpace(r.URL.Query().Get("q"))
	found, err := s.catalog.search(r.Context(), query)
	if err != nil {
		return err
	}
	p, err := s.page(w, r, "Search")
	if err != nil {
		return err
	}
	p.Description, p.Path, p.Query, p.Main = "Search the shop.", "/search", query, found
	return s.render(w, r, http.StatusOK, "search", p, fresh{})
}

// listPage is what the template of a plain list of products sees.
type listPage struct {
	Intro string
	Cards []card
}

func (s *shop) forYou(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private")
	best, err := s.catalog.best(r.Context(), 12)
	if err != nil {
		return err
	}
	p, err := s.page(w, r, "For you")
	if err != nil {
		return err
	}
	intro := "What other customers like best. Log in, and this page greets you; that is why it is private."
	if p.Visitor != nil && p.Visitor.Name != "" {
		intro = p.Visitor.Name + ", these should be to your taste."
	}
	p.Main = listPage{intro, best}
	return s.render(w, r, http.StatusOK, "list", p, fresh{})
}

func (s *shop) picks(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	cards, err := s.catalog.picks(r.Context(), time.Now().Unix()/3600, 12)
	if err != nil {
		return err
	}
	p, err := s.page(w, r, "Picks of the hour")
	if err != nil {
		return err
	}
	p.Main = listPage{"Twelve things, chosen anew each hour.", cards}
	return s.render(w, r, http.StatusOK, "list", p, fresh{})
}

// finder has an inline script, which a fresh nonce allows.
func (s *shop) finder(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(w, r, "Gift finder")
	if err != nil {
		return err
	}
	if p.Main, err = s.catalog.best(r.Context(), 36); err != nil {
		return err
	}
	p.Nonce = rand.Text()
	w.Header().Set("Content-Security-Policy", fmt.Sprintf("%s; script-src 'self' 'nonce-%s'", policy, p.Nonce))
	return s.render(w, r, http.StatusOK, "finder", p, fresh{})
}

func (s *shop) random(w http.ResponseWriter, r *http.Request) error {
	item, err := s.catalog.random(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, item.URL(), http.StatusFound)
	return nil
}

// oldProduct leads from the addresses of the shop's first years to today's.
func (s *shop) oldProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := rowID(r.PathValue("id"))
	if err != nil {
		return err
	}
	item, err := s.catalog.productByID(r.Context(), id)
	if err != nil {
		return err
	}
	http.Redirect(w, r, item.URL(), http.StatusMovedPermanently)
	return nil
}

func (s *shop) oldGuides(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/guides/", http.StatusMovedPermanently)
	return nil
}
