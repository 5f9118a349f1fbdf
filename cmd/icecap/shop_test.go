package main

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"icecap/content"
)

// TestShop freezes the shop on both of its databases, takes app and database
// away, and finds the same site in both releases.
func TestShop(t *testing.T) {
	const public = "http://shop.example.com"
	sums := map[string]map[string]string{} // by database, then URL
	for _, database := range []string{"SQLite", "PostgreSQL"} {
		t.Run(database, func(t *testing.T) {
			var flags []string
			stopDatabase := func() {} // SQLite ends with the shop
			if database == "PostgreSQL" {
				dsn, server := startPostgreSQL(t)
				flags, stopDatabase = []string{"--dsn", dsn}, server.stop
			}
			app := startShop(t, flags...)
			out := filepath.Join(t.TempDir(), "frozen")
			settings := writeServerFile(t, t.TempDir(), "icecap.toml", shopSettings)
			if stdout, stderr, code := icecap(t, "-c", settings, "freeze", app.URL, "--public", public, "--out", out); code != 0 {
				t.Fatalf("icecap freeze: exit code %d\n%s%s", code, stdout, stderr)
			}
			site := currentSite(t, out)
			if len(site.Entries) < 2000 {
				t.Fatalf("%d pages frozen, fewer than the shop has products; left to the app: %s", len(site.Entries), skipReasons(site))
			}
			shopShelves(t, site)
			sums[database] = map[string]string{}
			for _, entry := range site.Entries {
				sums[database][entry.URL()] = entry.SHA256
			}

			gate := startGate(t, "-c", settings, "--out", out, "--public", "http://127.0.0.1", "--cookie", "shop_session")
			before, _ := app.count(t)
			askFrozen(t, http.DefaultClient, gate.URL(), site.Entries)
			if after, _ := app.count(t); after != before {
				t.Errorf("%d requests for frozen pages reached the shop", after-before)
			}
			app.stop()
			stopDatabase()
			askFrozen(t, http.DefaultClient, gate.URL(), site.Entries)
			if status, source, _ := get(t, http.DefaultClient, gate.URL()+"/cart"); status != http.StatusBadGateway || source != "" {
				t.Errorf("without the shop, /cart answers %d from %q, want 502", status, source)
			}
		})
	}
	if len(sums) < 2 {
		return // a database is missing; the subtest said so
	}
	for url, sum := range sums["SQLite"] {
		if sums["PostgreSQL"][url] != sum {
			t.Errorf("%s: the release from PostgreSQL differs from the one from SQLite", url)
		}
	}
	if len(sums["SQLite"]) != len(sums["PostgreSQL"]) {
		t.Errorf("%d pages from SQLite, %d from PostgreSQL", len(sums["SQLite"]), len(sums["PostgreSQL"]))
	}
}

// shopSettings declare the pages of a category behind the first.
const shopSettings = `
[[query]]
path = "/category/*"
param = "page"
max = 50
`

var shelfLink = regexp.MustCompile(`^/category/[^/?]+\?page=[0-9]+$`)

// shopShelves wants every page of every category, none of them left to the app.
func shopShelves(t *testing.T, site content.Site) {
	t.Helper()
	categories, shelves := map[string]bool{}, 0
	for _, entry := range site.Entries {
		if strings.HasPrefix(entry.URL(), "/category/") {
			categories[entry.Path.String()] = true
		}
		if shelfLink.MatchString(entry.URL()) {
			shelves++
		}
	}
	// 2000 products on shelves of 48, of which the first has no query.
	if len(categories) != 40 || shelves != 22 {
		t.Errorf("%d categories with %d pages behind the first", len(categories), shelves)
	}
	for _, skip := range site.Skips {
		if shelfLink.MatchString(skip.URL) {
			t.Errorf("%s is left to the shop: %s", skip.URL, skip.Reason)
		}
	}
	t.Logf("%d categories have %d pages behind the first", len(categories), shelves)
}
