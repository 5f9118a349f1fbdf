// Shop is a small dynamic web shop on a real SQL database: the app that
// icecap's demo, tests and benchmarks freeze.
//
//	shop                                      2,000 products on an embedded SQLite, http://127.0.0.1:8000
//	shop --addr 127.0.0.1:0 --db shop.db      any free port; the file is seeded once and then reused
//	shop --dsn postgres://me@localhost/shop   the same shop on PostgreSQL
//
// The first line on stdout is "listening on http://127.0.0.1:PORT", printed
// once the shop answers; everything else goes to stderr. SIGTERM or SIGINT ends
// it with exit code 0 after the running requests. Without --db and --dsn the
// database lives in a temporary folder that is removed at the end.
//
// # An honest app
//
// Nothing is cached: every page asks the database for the product, its
// category, its reviews, related products, its neighbours and the 40 categories
// of the footer, and renders a template. The seed is fixed (same names, same
// prices, same dates), so the same flags give the same bytes, on SQLite and on
// PostgreSQL alike. Absolute links (canonical link, feed, sitemap, robots.txt,
// API) are made from the request's Host and X-Forwarded-Proto.
//
// # Pages that can be frozen
//
// An anonymous visitor gets no cookie here, and the same bytes as everybody else.
//
//	/                          home: links every category; Last-Modified and 304
//	/category/<slug>           at most 48 products; ?page=N has the rest; Last-Modified and 304
//	/product/<slug>            ETag and 304; links six related products, the previous and the next one
//	                           of its category, so that a crawl without query pages reaches them all;
//	                           some slugs hold UTF-8, a space, an ampersand or an apostrophe
//	/guides/, /guides/<slug>   a folder with a trailing slash and relative links; Last-Modified and 304
//	/about                     links the feed and the API
//	/search                    the empty search form; with ?q= it belongs to the app
//	/feed                      RSS as application/rss+xml under a URL without an ending
//	/sitemap.xml               every page of this list, with absolute links
//	/robots.txt                names the sitemap
//	/api/categories            JSON under a URL without an ending; ETag and 304
//	/api/products/<id>         the same, for one product (linked from /about for the first three only)
//	/images/<category>-<1..4>.svg, /images/<category>-<480|960>.png
//	                           drawn on request from the category's row; Last-Modified and 304
//	/static/...                CSS with @import and url(), a script, an icon, a WOFF2 font; ETag and 304
//
// # Answers that must stay with the app
//
//	/for-you                   Cache-Control: private
//	/picks                     Cache-Control: no-store, other products each hour
//	/finder                    a Content-Security-Policy with a fresh nonce for its inline script
//	/stock/<id>                no-store JSON that the script of a (frozen) product page asks for; what lies
//	                           in carts is reserved, so it changes
//	/cart                      private, no-store; sets the session cookie
//	/login                     sets the session cookie; a CSRF token in its form
//	/account                   private; without a log-in, 303 to /login
//	/search?q=...              a query that differs for everyone
//	/logout                    303 to /, ends the session
//	/random                    302 to a random product
//	/old-products/<id>         301 to /product/<slug>
//	/guides                    301 to /guides/
//	anything else              a styled page with status 404 (JSON under /api/ and /stock/)
//
// POST /cart/add works from a frozen page, which cannot hold a token, because
// cross-origin requests are told by their Sec-Fetch-Site and Origin headers.
// POST /cart/clear and POST /login want the token as well. The account is
// "demo" with the password "demo".
//
// A visitor whose session has a log-in or a filled cart is greeted on every
// page: such answers differ from the anonymous page and say Cache-Control:
// private. The cookie is named shop_session.
//
// # The same on every answer
//
// X-Content-Type-Options, X-Frame-Options, Referrer-Policy and a
// Content-Security-Policy, all constant; /finder alone has a policy of its own.
//
// # For operators
//
// /-/count tells as JSON how many requests the shop has handled, in all and per
// raw path, and /healthz answers "ok". Neither counts, nor touches the database.
package main
