package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var tokenPattern = regexp.MustCompile(`name="csrf_token" value="(\w+)"`)

func token(t *testing.T, a answer) string {
	t.Helper()
	match := tokenPattern.FindStringSubmatch(a.body)
	if match == nil {
		t.Fatalf("%s: has no CSRF token", a.Request.URL)
	}
	return match[1]
}

func (c client) session() string {
	u, _ := url.Parse(c.url)
	for _, cookie := range c.Jar.Cookies(u) {
		if cookie.Name == cookieName {
			return cookie.Value
		}
	}
	return ""
}

// Log in, be greeted everywhere, log out, be a stranger again.
func TestLogin(t *testing.T) {
	eachDatabase(t, small, func(t *testing.T, c client) {
		stranger := c.get("/about").want(t, http.StatusOK)
		c = c.withJar()
		form := "name=demo&password=demo&csrf_token=" + token(t, c.get("/login"))
		before := c.session()
		if got := c.post("/login", form).want(t, http.StatusSeeOther).Header.Get("Location"); got != "/account" {
			t.Errorf("the log-in leads to %q", got)
		}
		if after := c.session(); after == "" || after == before {
			t.Errorf("the session was %q and is %q; a log-in must change it", before, after)
		}
		if a := c.get("/account").want(t, http.StatusOK); !strings.Contains(a.body, "Hello, Robin") || a.Header.Get("Cache-Control") != "private" {
			t.Errorf("account: Cache-Control %q\n%s", a.Header.Get("Cache-Control"), a.body)
		}
		for _, path := range []string{"/", "/about", "/product/tazza-caff%C3%A8", "/category/mugs", "/nothing/here"} {
			a := c.get(path)
			if !strings.Contains(a.body, `<a href="/account">Robin</a>`) || a.Header.Get("Cache-Control") != "private" || a.Header.Get("ETag") != "" || a.Header.Get("Last-Modified") != "" {
				t.Errorf("%s: no greeting, or made as if for everyone: %v", path, a.Header)
			}
		}
		c.get("/about", "If-None-Match: "+stranger.Header.Get("ETag")).want(t, http.StatusOK)

		first := c.session()
		c.post("/login", "name=demo&password=demo&csrf_token="+token(t, c.get("/login"))).want(t, http.StatusSeeOther)
		newClient(t, c.url).get("/account", "Cookie: shop_session="+first).want(t, http.StatusSeeOther)

		old := c.session()
		c.get("/logout").want(t, http.StatusSeeOther)
		if c.session() != "" {
			t.Error("the cookie outlived the log-out")
		}
		c.get("/account").want(t, http.StatusSeeOther)
		c.get("/account", "Cookie: shop_session="+old).want(t, http.StatusSeeOther)
		if a := c.get("/about"); a.body != stranger.body {
			t.Error("a page still knows the visitor")
		}
	})
}

func TestLoginRefused(t *testing.T) {
	eachDatabase(t, small, func(t *testing.T, c client) {
		other := c.withJar()
		foreign := token(t, other.get("/login"))
		c = c.withJar()
		own := token(t, c.get("/login"))
		for _, try := range []struct {
			form   string
			status int
		}{
			{"name=demo&password=demo", http.StatusForbidden},
			{"name=demo&password=demo&csrf_token=" + foreign, http.StatusForbidden},
			{"name=demo&password=wrong&csrf_token=" + own, http.StatusUnauthorized},
			{"name=nobody&password=&csrf_token=" + own, http.StatusUnauthorized},
			{"name=%00&password=demo&csrf_token=" + own, http.StatusUnauthorized},
		} {
			a := c.post("/login", try.form).want(t, try.status)
			if !strings.Contains(a.body, `role="alert"`) || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s: no message, or one to keep", try.form)
			}
		}
		c.get("/account").want(t, http.StatusSeeOther)
	})
}

// The cookie is out of reach of scripts and other sites, and of plain HTTP where the public side is HTTPS.
func TestCookie(t *testing.T) {
	c := startShop(t, small, t.TempDir()+"/shop.db", "")
	for proto, want := range map[string]string{"http": "", "https": "; Secure"} {
		got := c.get("/login", "X-Forwarded-Proto: "+proto).Header.Get("Set-Cookie")
		if !regexp.MustCompile(`^shop_session=[A-Z2-7]{26}; Path=/; HttpOnly` + want + `; SameSite=Lax$`).MatchString(got) {
			t.Errorf("over %s: Set-Cookie: %s", proto, got)
		}
	}
}

// A cart is filled from a page without a token, and its products are reserved.
func TestCart(t *testing.T) {
	eachDatabase(t, small, func(t *testing.T, c client) {
		stock := c.get("/stock/5").want(t, http.StatusOK).body
		if page := c.get("/product/two%20tea%20towels"); tokenPattern.MatchString(page.body) || !strings.Contains(page.body, `action="/cart/add"`) {
			t.Fatal("the product page has a token, or no form")
		}
		c = c.withJar()
		for range 2 {
			a := c.post("/cart/add", "product=5").want(t, http.StatusSeeOther)
			if a.Header.Get("Location") != "/cart" || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("adding answers %v", a.Header)
			}
		}
		cart := c.get("/cart").want(t, http.StatusOK)
		if !strings.Contains(cart.body, "<span>2 ×") || !strings.Contains(cart.body, "Cart <b>2</b>") {
			t.Errorf("the cart has no two pieces:\n%s", cart.body)
		}
		if now := c.get("/stock/5").body; now == stock {
			t.Errorf("the stock is still %s", now)
		}
		if a := c.get("/about"); !strings.Contains(a.body, "Cart <b>2</b>") || a.Header.Get("Cache-Control") != "private" {
			t.Error("other pages do not show the cart, or may be kept for everyone")
		}

		c.post("/login", "name=demo&password=demo&csrf_token="+token(t, c.get("/login"))).want(t, http.StatusSeeOther)
		if a := c.get("/account"); !strings.Contains(a.body, "Your cart holds 2") {
			t.Error("the cart was lost at the log-in")
		}
		c.post("/cart/clear", "").want(t, http.StatusForbidden)
		c.post("/cart/clear", "csrf_token="+token(t, c.get("/cart"))).want(t, http.StatusSeeOther)
		if now := c.get("/stock/5").body; now != stock {
			t.Errorf("the stock is %s, was %s", now, stock)
		}
	})
}

// Requests that another site's page makes are refused, whatever the visitor's cookies.
func TestCrossOrigin(t *testing.T) {
	c := startShop(t, small, t.TempDir()+"/shop.db", "")
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"} {
		c.post("/cart/add", "product=1", header).want(t, http.StatusForbidden)
	}
	c.post("/cart/add", "product=1", "Sec-Fetch-Site: same-origin", "Origin: https://shop.example.com").want(t, http.StatusSeeOther)
	c.get("/about", "Sec-Fetch-Site: cross-site").want(t, http.StatusOK)
}
