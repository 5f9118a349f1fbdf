package main

import (
	"net/http"
	"strings"
	"testing"

	"icecap/content"
)

// wordPressFastCGI passes to PHP-FPM without another NGINX between: the front
// controller, scripts beside it, and static files that are not frozen.
func wordPressFastCGI(t *testing.T, wp wordPress, out string, site content.Site) {
	settings := writeServerFile(t, t.TempDir(), "icecap.toml", "[site]\nurl = \""+wp.URL+"\"\n[app]\npass = \"fastcgi://"+wp.socket+"\"\nroot = \""+wp.root+"\"\n")
	writeServerFile(t, wp.root, "backup.php.bak", "<?php // a password")
	gate := startGate(t, "-c", settings, "--out", out, "--cookie", "wordpress")
	askFrozen(t, visitor(t, gate), wp.URL, site.Entries[:20])
	wordPressAdmin(t, wp, gate)
	wordPressPassword(t, wp, gate)
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/?s=snow+zebra":                    {http.StatusOK, "snow zebra"}, // by QUERY_STRING
		"/no-such-page/?a=1":                {http.StatusNotFound, "Page not found"},
		"/wp-admin/css/login.css":           {http.StatusOK, "#login"},
		"/wp-login.php?action=register":     {http.StatusFound, ""},
		"/wp-json/wp/v2/types?x=1":          {http.StatusOK, "wp_template"},
		"/wp-admin/install.php":             {http.StatusOK, "Already Installed"},
		"/wp-includes/images/rss.png/x.php": {http.StatusNotFound, "Page not found"}, // no image is run
		"/backup.php.bak":                   {http.StatusNotFound, "Page not found"},
		"/wp-config.php":                    {http.StatusOK, ""}, // run, and silent
	} {
		status, source, body := get(t, visitor(t, gate), wp.URL+path)
		if status != want.status || source != "" || !strings.Contains(body, want.text) || strings.Contains(body, "<?php") {
			t.Errorf("%s answers %d from %q, want %d with %q from WordPress", path, status, source, want.status, want.text)
		}
	}
}
