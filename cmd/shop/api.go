package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiProduct is one product in the API.
type apiProduct struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Category    string `json:"category"`
	URL         string `json:"url"`
	Image       string `json:"image"`
	Price       int    `json:"price_cents"`
	Material    string `json:"material"`
	Origin      string `json:"origin"`
	Description string `json:"description"`
	Ratings     int    `json:"ratings"`
	Stars       int    `json:"stars"`
}

func (s *shop) apiProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := rowID(r.PathValue("id"))
	if err != nil {
		return err
	}
	p, err := s.catalog.productByID(r.Context(), id)
	if err != nil {
		return err
	}
	base := baseURL(r)
	return replyJSON(w, r, apiProduct{p.ID, p.Name, p.CategorySlug, base + p.URL(), base + p.Picture(), p.Price, p.Material, p.Origin, p.Description, p.Ratings, p.Stars()}, fresh{etag: true})
}

// apiCategory is one category in the API.
type apiCategory struct {
	Slug       string `json:"slug"`
	Name       string `json:"name"`
	Department string `json:"department"`
	URL        string `json:"url"`
	Products   int    `json:"products"`
}

func (s *shop) apiCategories(w http.ResponseWriter, r *http.Request) error {
	categories, err := s.catalog.counted(r.Context())
	if err != nil {
		return err
	}
	var all []apiCategory
	for _, c := range categories {
		all = append(all, apiCategory{c.Slug, c.Name, c.Department, baseURL(r) + c.URL(), c.Products})
	}
	return replyJSON(w, r, all, fresh{etag: true})
}

// stock is the living part of a product page that may itself be frozen.
func (s *shop) stock(w http.ResponseWriter, r *http.Request) error {
	id, err := rowID(r.PathValue("id"))
	if err != nil {
		return err
	}
	left, err := s.catalog.stock(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return replyJSON(w, r, map[string]int{"product": id, "stock": left}, fresh{})
}

func replyJSON(w http.ResponseWriter, r *http.Request, value any, f fresh) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %s: %w", r.URL.Path, err)
	}
	return reply(w, r, "application/json", append(body, '\n'), f)
}
