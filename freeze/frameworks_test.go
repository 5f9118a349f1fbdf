package freeze

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// tokens counts the tokens that were given out.
var tokens atomic.Int64

// token is another one each time, as long as those of frameworks are.
func token(length int) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(tokens.Add(1))))
	return strings.Repeat(base64.StdEncoding.EncodeToString(sum[:]), 3)[:length]
}

// fresh answers with a page in which each "TOKEN" is a new token, in the header
// too.
func fresh(body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		one := token(86)
		own := make([]string, len(header))
		for i := range header {
			own[i] = strings.ReplaceAll(header[i], "TOKEN", token(40))
		}
		page(strings.ReplaceAll(body, "TOKEN", one), own...)(w, r)
	}
}

func redirectTo(target string, header ...string) http.HandlerFunc {
	return status(http.StatusFound, append([]string{"Location", target}, header...)...)
}

// frameworks are sites with the headers and layouts that a framework gives a new
// app. Pages under /catalog/ are public, and so declared; all others are not.
// /catalog/form is a public page with a token of its own for each request.
var frameworks = []struct {
	name   string
	site   routes
	left   []string // "URL reason", whether only /catalog/** is declared or everything
	layout Layout   // that keeps /catalog/form from being frozen
}{
	{
		// Rails 7.1: ActionDispatch's default headers, Rack::ETag's Cache-Control,
		// Vary: Accept for a client that is no browser (action_controller
		// respond_to), csrf_meta_tags in layouts/application.html.erb. The token
		// is masked anew each time, and its session begins with it.
		name: "Rails",
		site: routes{
			"/": rails(`<a href="/catalog/">c</a><a href="/catalog/1">1</a><a href="/catalog/form">f</a><a href="/account">a</a><a href="/cart">c</a><a href="/users/sign_out">x</a>`,
				"Set-Cookie", "_shop_session=TOKEN; path=/; HttpOnly; SameSite=Lax"),
			"/catalog/":  railsPublic("<h1>All</h1>"),
			"/catalog/1": railsPublic("<h1>One</h1>"),
			"/catalog/form": rails(`<form action="/orders" accept-charset="UTF-8" method="post"><input type="hidden" name="authenticity_token" value="TOKEN" autocomplete="off" /></form>`,
				"Set-Cookie", "_shop_session=TOKEN; path=/; HttpOnly; SameSite=Lax"),
			"/account": redirectTo("/users/sign_in", "Cache-Control", "no-cache"),
			"/cart":    rails("<p>Your cart", "Set-Cookie", "_shop_session=TOKEN; path=/; HttpOnly; SameSite=Lax"),
		},
		left:   []string{"/ csrf", "/account redirect", "/cart csrf", "/catalog/form csrf", "/users/sign_in status", "/users/sign_out action"},
		layout: Layout{CSRF, "meta csrf-token", `<meta name="csrf-token" content="…" />`, 5, "/", 3},
	},
	{
		// Laravel 11: Symfony's Cache-Control, XSRF-TOKEN and laravel_session with
		// every answer of the "web" middleware, the layout of laravel/breeze.
		name: "Laravel",
		site: routes{
			"/":             laravel(`<a href="/catalog/">c</a><a href="/catalog/1">1</a><a href="/catalog/form">f</a><a href="/dashboard">d</a><a href="/login">l</a><a href="/logout">x</a>`),
			"/catalog/":     laravel("<h1>All</h1>"),
			"/catalog/1":    laravel("<h1>One</h1>"),
			"/catalog/form": laravel("<meta charset=\"utf-8\">\n<meta name=\"csrf-token\" content=\"TOKEN\">\n<form method=\"POST\"><input type=\"hidden\" name=\"_token\" value=\"TOKEN\" autocomplete=\"off\"></form>"),
			"/dashboard":    redirectTo("/login", laravelHeader...),
			"/login":        laravel("<form method=\"POST\" action=\"/login\">\n<input type=\"hidden\" name=\"_token\" value=\"TOKEN\" autocomplete=\"off\"></form>"),
		},
		left:   []string{"/catalog/form csrf", "/dashboard redirect", "/login csrf", "/logout action"},
		layout: Layout{CSRF, "meta csrf-token", `<meta name="csrf-token" content="…">`, 4, "/catalog/form", 1},
	},
	{
		// Django 4.2, startproject: SecurityMiddleware, XFrameOptionsMiddleware; a
		// template that looks at request.user makes Vary: Cookie, {% csrf_token %}
		// a cookie and a token that is masked anew each time.
		name: "Django",
		site: routes{
			"/":                  fresh(`<a href="/catalog/">c</a><a href="/catalog/1">1</a><a href="/catalog/form">f</a><a href="/accounts/profile/">p</a><a href="/accounts/login/">l</a><a href="/accounts/logout/">x</a>`, django...),
			"/catalog/":          fresh(`<h1>All</h1><a href="/accounts/login/">Log in</a>`, django...),
			"/catalog/1":         fresh(`<h1>One</h1><a href="/accounts/login/">Log in</a>`, django...),
			"/catalog/form":      fresh("<h1>Ask</h1>\n<form method=\"post\"><input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"TOKEN\"></form>", djangoForm...),
			"/accounts/profile/": redirectTo("/accounts/login/", django...),
			"/accounts/login/": fresh("<form method=\"post\"><input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"TOKEN\"></form>",
				append([]string{"Cache-Control", "max-age=0, no-cache, no-store, must-revalidate, private"}, djangoForm...)...),
		},
		left:   []string{"/accounts/login/ no-store", "/accounts/logout/ action", "/accounts/profile/ redirect", "/catalog/form csrf"},
		layout: Layout{CSRF, "input csrfmiddlewaretoken", `<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="…"></form>`, 2, "/catalog/form", 1},
	},
	{
		// Flask 3.0: Vary: Cookie as soon as a view looks at the session, the
		// session cookie when it writes to it; Flask-WTF 1.2 in the form.
		name: "Flask",
		site: routes{
			"/":             fresh(`<a href="/catalog/">c</a><a href="/catalog/1">1</a><a href="/catalog/form">f</a><a href="/me">m</a><a href="/hello">h</a><a href="/auth/logout">x</a>`, "Vary", "Cookie"),
			"/catalog/":     fresh("<h1>All</h1>", "Set-Cookie", "session=TOKEN; HttpOnly; Path=/", "Vary", "Cookie"),
			"/catalog/1":    fresh("<h1>One</h1>", "Set-Cookie", "session=TOKEN; HttpOnly; Path=/", "Vary", "Cookie"),
			"/catalog/form": fresh("<form method=\"post\">\n  <input id=\"csrf_token\" name=\"csrf_token\" type=\"hidden\" value=\"TOKEN\">\n</form>", "Set-Cookie", "session=TOKEN; HttpOnly; Path=/", "Vary", "Cookie"),
			"/me":           redirectTo("/auth/login", "Vary", "Cookie"),
			"/hello":        fresh("<p>Your number is TOKEN", "Set-Cookie", "session=TOKEN; HttpOnly; Path=/", "Vary", "Cookie"),
		},
		left:   []string{"/auth/login status", "/auth/logout action", "/catalog/form csrf", "/hello differs", "/me redirect"},
		layout: Layout{CSRF, "input csrf_token", `<input id="csrf_token" name="csrf_token" type="hidden" value="…">`, 2, "/catalog/form", 1},
	},
	{
		// WordPress 6.1: no word about caching for strangers, a comment form without
		// a nonce; nocache_headers() for all that is personal. A theme that starts
		// PHP's session adds its cookie and PHP's session.cache_limiter (nocache).
		name: "WordPress",
		site: routes{
			"/":             fresh(`<a href="/catalog/">c</a><a href="/catalog/1">1</a><a href="/catalog/form">f</a><a href="/my-account/">m</a><a href="/wp-login.php">l</a>`+wordPressForm, "Link", `</wp-json/>; rel="https://api.w.org/"`),
			"/catalog/":     fresh("<h1>All</h1>"+wordPressForm, phpSession...),
			"/catalog/1":    fresh("<h1>One</h1>"+wordPressForm, "Cache-Control", "no-cache, must-revalidate, max-age=0", "Expires", "Wed, 11 Jan 1984 05:00:00 GMT"),
			"/catalog/form": fresh("<h1>Ask</h1>\n<form method=\"post\"><input type=\"hidden\" name=\"wpforms[token]\" value=\"TOKEN\" /></form>"),
			"/my-account/":  fresh("<form method=\"post\">\n<input type=\"hidden\" id=\"woocommerce-login-nonce\" name=\"woocommerce-login-nonce\" value=\"TOKEN\" /></form>", "Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private"),
			"/wp-login.php": fresh("<form method=post></form>", "Set-Cookie", "wordpress_test_cookie=WP%20Cookie%20check; path=/", "Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private"),
		},
		left:   []string{"/catalog/form differs", "/my-account/ no-store", "/wp-login.php no-store"},
		layout: Layout{Differs, "wpforms[token]", `<form method="post"><input type="hidden" name="wpforms[token]" value="…" /></form>`, 2, "/catalog/form", 1},
	},
}

var railsHeader = []string{
	"X-Frame-Options", "SAMEORIGIN", "X-Xss-Protection", "0", "X-Content-Type-Options", "nosniff", "X-Permitted-Cross-Domain-Policies", "none",
	"Referrer-Policy", "strict-origin-when-cross-origin", "Vary", "Accept", "Etag", `W/"TOKEN"`, "Cache-Control", "max-age=0, private, must-revalidate",
	"X-Request-Id", "TOKEN", "X-Runtime", "0.004211",
}

func rails(body string, header ...string) http.HandlerFunc {
	return fresh("<!DOCTYPE html>\n<html>\n  <head>\n    <meta name=\"csrf-param\" content=\"authenticity_token\" />\n<meta name=\"csrf-token\" content=\"TOKEN\" />\n    \n  </head>\n  <body>"+body, append(header, railsHeader...)...)
}

// railsPublic has a layout without csrf_meta_tags, as pages that are frozen need.
func railsPublic(body string) http.HandlerFunc {
	return fresh("<!DOCTYPE html>\n<html>\n  <head>\n  </head>\n  <body>"+body, railsHeader...)
}

var laravelHeader = []string{
	"Cache-Control", "no-cache, private",
	"Set-Cookie", "XSRF-TOKEN=TOKEN; expires=Mon, 05 Feb 2029 12:00:00 GMT; Max-Age=7200; path=/; samesite=lax",
	"Set-Cookie", "laravel_session=TOKEN; expires=Mon, 05 Feb 2029 12:00:00 GMT; Max-Age=7200; path=/; httponly; samesite=lax",
}

func laravel(body string) http.HandlerFunc {
	return fresh("<!DOCTYPE html>\n<html lang=\"en\">\n"+body, laravelHeader...)
}

var (
	django        = []string{"X-Frame-Options", "DENY", "X-Content-Type-Options", "nosniff", "Referrer-Policy", "same-origin", "Cross-Origin-Opener-Policy", "same-origin", "Vary", "Cookie"}
	djangoForm    = append([]string{"Set-Cookie", "csrftoken=TOKEN; expires=Mon, 04 Feb 2030 12:00:00 GMT; Max-Age=31449600; Path=/; SameSite=Lax"}, django...)
	phpSession    = []string{"Set-Cookie", "PHPSESSID=TOKEN; path=/", "Expires", "Thu, 19 Nov 1981 08:52:00 GMT", "Cache-Control", "private, must-revalidate", "Pragma", "no-cache"}
	wordPressForm = `<form action="/wp-comments-post.php" method="post" id="commentform" class="comment-form"><input type='hidden' name='comment_post_ID' value='1' id='comment_post_ID' /><input type='hidden' name='comment_parent' id='comment_parent' value='0' /></form>`
)

// TestFrameworks wants the public pages of each framework frozen once their
// pattern is declared, none of the private ones, whatever is declared, and the
// name of the line that puts a token into a page.
func TestFrameworks(t *testing.T) {
	for _, test := range frameworks {
		t.Run(test.name, func(t *testing.T) {
			if b := crawlSite(t, test.site, &Crawler{Seeds: []string{"/"}}); b.pages["/catalog/"].Body != nil || b.pages["/catalog/form"].Body != nil {
				t.Errorf("without a declaration there are frozen %q", b.frozen())
			}
			for _, declared := range []string{"/catalog/**", "/**"} {
				c := &Crawler{Seeds: []string{"/"}, Declared: []string{declared}}
				b := crawlSite(t, test.site, c)
				for _, url := range []string{"/catalog/", "/catalog/1"} {
					p, ok := b.pages[url]
					if !ok || strings.Contains(string(p.Body), "TOKEN") {
						t.Errorf("%s is not frozen: %+v", url, b.skips[url])
					}
				}
				for _, left := range test.left {
					url, reason, _ := strings.Cut(left, " ")
					if _, frozen := b.pages[url]; frozen {
						t.Errorf("with %s, %s is frozen", declared, url)
					}
					if declared == "/**" && b.skips[url].Reason != reason {
						t.Errorf("%s is left because of %+v, want %s", url, b.skips[url], reason)
					}
				}
				if declared == "/**" && !slices.Contains(c.Observed().Layouts, test.layout) {
					t.Errorf("layouts %+v\nwant    %+v", c.Observed().Layouts, test.layout)
				}
			}
		})
	}
}
