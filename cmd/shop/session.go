package main

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
)

const (
	cookieName = "shop_session"
	// demoSalt is fixed, like all of the seed; a real shop has one for each user.
	demoSalt   = "larder-and-loom"
	hashRounds = 100_000
)

// A visitor is somebody the shop knows something of.
type visitor struct {
	Name  string // "" before the log-in
	Items int    // in the cart
}

// sessions keeps log-ins in the database and nothing in memory. A session's id
// is a secret random text that only the visitor's cookie holds.
type sessions struct {
	db     *database
	secret []byte // makes the CSRF tokens; new at each start
}

// id is the session of the request, or "".
func (s sessions) id(r *http.Request) string {
	cookie, err := r.Cookie(cookieName)
	if err != nil || len(cookie.Value) > 64 {
		return ""
	}
	return cookie.Value // printable ASCII: net/http drops any other
}

// start is the session of the request, or else a new one. Its cookie is set in
// either case. Nothing is stored before there is something to keep.
func (s sessions) start(w http.ResponseWriter, r *http.Request) string {
	id := s.id(r)
	if id == "" {
		id = rand.Text()
	}
	s.setCookie(w, r, id, 0)
	return id
}

func (s sessions) setCookie(w http.ResponseWriter, r *http.Request, id string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: id, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.Header.Get("X-Forwarded-Proto") == "https",
	})
}

// visitor tells who is looking; nil for somebody without log-in and cart.
func (s sessions) visitor(r *http.Request) (*visitor, error) {
	id := s.id(r)
	if id == "" {
		return nil, nil
	}
	var v visitor
	const who = `SELECT u.greeting FROM sessions s JOIN users u ON u.name = s.user_name WHERE s.id = $1`
	if err := s.db.one(r.Context(), who, []any{id}, &v.Name); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	const items = `SELECT coalesce(sum(quantity), 0) FROM cart_items WHERE session_id = $1`
	if err := s.db.one(r.Context(), items, []any{id}, &v.Items); err != nil {
		return nil, err
	}
	if v == (visitor{}) {
		return nil, nil
	}
	return &v, nil
}

// token is what a form must send back: only this shop can make it, and only for this session.
func (s sessions) token(id string) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(id))
	return hex.EncodeToString(mac.Sum(nil))
}

// genuine reports whether the form was made for the session that sends it.
func (s sessions) genuine(r *http.Request) bool {
	id := s.id(r)
	return id != "" && hmac.Equal([]byte(r.PostFormValue("csrf_token")), []byte(s.token(id)))
}

// logIn checks the password, moves the cart to a fresh session (the old id may
// have been planted by somebody else) and sets its cookie.
func (s sessions) logIn(w http.ResponseWriter, r *http.Request, name, password string) (bool, error) {
	var salt, hash string
	err := s.db.one(r.Context(), `SELECT salt, hash FROM users WHERE name = $1`, []any{plain(name)}, &salt, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if subtle.ConstantTimeCompare([]byte(hashPassword(password, salt)), []byte(hash)) != 1 {
		return false, nil
	}
	old, id := s.id(r), rand.Text()
	tx, err := s.db.BeginTx(r.Context(), nil)
	if err != nil {
		return false, fmt.Errorf("log in: %w", err)
	}
	defer tx.Rollback()
	for _, step := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM sessions WHERE id = $1`, []any{old}},
		{`INSERT INTO sessions (id, user_name) VALUES ($1, $2)`, []any{id, name}},
		{`UPDATE cart_items SET session_id = $1 WHERE session_id = $2`, []any{id, old}},
	} {
		if _, err := tx.ExecContext(r.Context(), step.query, step.args...); err != nil {
			return false, fmt.Errorf("log in: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("log in: %w", err)
	}
	s.setCookie(w, r, id, 0)
	return true, nil
}

// logOut forgets the session, its cart and its cookie.
func (s sessions) logOut(w http.ResponseWriter, r *http.Request) error {
	id := s.id(r)
	s.setCookie(w, r, "", -1)
	for _, query := range []string{`DELETE FROM sessions WHERE id = $1`, `DELETE FROM cart_items WHERE session_id = $1`} {
		if _, err := s.db.ExecContext(r.Context(), query, id); err != nil {
			return fmt.Errorf("log out: %w", err)
		}
	}
	return nil
}

func hashPassword(password, salt string) string {
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), hashRounds, 32)
	if err != nil {
		panic(err) // only for a key length that FIPS forbids
	}
	return hex.EncodeToString(key)
}
