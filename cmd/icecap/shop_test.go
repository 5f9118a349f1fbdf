package main

import (
	"net/http"
	"path/filepath"
	"testing"
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
			if stdout, stderr, code := icecap(t, "freeze", app.URL, "--public", public, "--out", out); code != 0 {
				t.Fatalf("icecap freeze: exit code %d\n%s%s", code, stdout, stderr)
			}
			site := currentSite(t, out)
			if len(site.Entries) < 2000 {
				t.Fatalf("%d pages frozen, fewer than the shop has products; left to the app: %s", len(site.Entries), skipReasons(site))
			}
			sums[database] = map[string]string{}
			for _, entry := range site.Entries {
				sums[database][entry.URL()] = entry.SHA256
			}

			gate := startGate(t, "--out", out, "--public", "http://127.0.0.1", "--cookie", "shop_session")
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
