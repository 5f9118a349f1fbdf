package main

import (
	"fmt"
	"net/http"
)

// The pages for one visitor alone: cart, log-in, account. None can be frozen.

// cartLine is one product in a cart.
type cartLine struct {
	card
	Quantity int
}

// Sum is in cents.
func (l cartLine) Sum() int { return l.Price * l.Quantity }

// cartPage is what the template of the cart sees.
type cartPage struct {
	Lines []cartLine
	Total int
	Token string
}

func (s *shop) cart(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, no-store")
	id := s.sessions.start(w, r)
	const query = cardColumns + `, i.quantity` + fromProducts + `JOIN cart_items i ON i.product_id = p.id WHERE i.session_id = $1 ORDER BY p.id`
	lines, err := list(r.Context(), s.catalog.db, query, []any{id}, func(l *cartLine) []any { return append(l.fields(), &l.Quantity) })
	if err != nil {
		return err
	}
	p, err := s.page(w, r, "Your cart")
	if err != nil {
		return err
	}
	main := cartPage{Lines: lines, Token: s.sessions.token(id)}
	for _, line := range lines {
		main.Total += line.Sum()
	}
	p.Main = main
	return s.render(w, r, http.StatusOK, "cart", p, fresh{})
}

// cartAdd wants no token, because its form stands on frozen pages.
func (s *shop) cartAdd(w http.ResponseWriter, r *http.Request) error {
	productID, err := rowID(r.PostFormValue("product"))
	if err != nil {
		return err
	}
	if _, err := s.catalog.productByID(r.Context(), productID); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, no-store")
	id := s.sessions.start(w, r)
	const query = `INSERT INTO cart_items (session_id, product_id, quantity) VALUES ($1, $2, 1)
		ON CONFLICT (session_id, product_id) DO UPDATE SET quantity = cart_items.quantity + 1 WHERE cart_items.quantity < 99`
	if _, err := s.catalog.db.ExecContext(r.Context(), query, id, productID); err != nil {
		return fmt.Errorf("put a product into the cart: %w", err)
	}
	http.Redirect(w, r, "/cart", http.StatusSeeOther)
	return nil
}

func (s *shop) cartClear(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, no-store")
	if !s.sessions.genuine(r) {
		http.Error(w, "the form is out of date: open the cart again", http.StatusForbidden)
		return nil
	}
	if _, err := s.catalog.db.ExecContext(r.Context(), `DELETE FROM cart_items WHERE session_id = $1`, s.sessions.id(r)); err != nil {
		return fmt.Errorf("empty the cart: %w", err)
	}
	http.Redirect(w, r, "/cart", http.StatusSeeOther)
	return nil
}

// loginPage is what the template of the log-in sees.
type loginPage struct{ Token, Problem string }

func (s *shop) loginForm(w http.ResponseWriter, r *http.Request) error {
	return s.showLogin(w, r, http.StatusOK, "")
}

func (s *shop) showLogin(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	id := s.sessions.start(w, r)
	p, err := s.page(w, r, "Log in")
	if err != nil {
		return err
	}
	p.Main = loginPage{s.sessions.token(id), problem}
	return s.render(w, r, status, "login", p, fresh{})
}

func (s *shop) login(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, no-store")
	if !s.sessions.genuine(r) {
		return s.showLogin(w, r, http.StatusForbidden, "This form was out of date. Please try again.")
	}
	ok, err := s.sessions.logIn(w, r, r.PostFormValue("name"), r.PostFormValue("password"))
	if err != nil {
		return err
	}
	if !ok {
		return s.showLogin(w, r, http.StatusUnauthorized, "No such name and password.")
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
	return nil
}

func (s *shop) account(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private")
	p, err := s.page(w, r, "Your account")
	if err != nil {
		return err
	}
	if p.Visitor == nil || p.Visitor.Name == "" {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	return s.render(w, r, http.StatusOK, "account", p, fresh{})
}

func (s *shop) logout(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, no-store")
	if err := s.sessions.logOut(w, r); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
