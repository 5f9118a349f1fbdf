package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"icecap/content"
	"icecap/content/release"
	"icecap/nginx"
	"icecap/render/browsertest"
)

// TestWordPress freezes a WordPress that was never made for it, as a stranger,
// and serves it while its administrator works, and after PHP and MariaDB are gone.
func TestWordPress(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a WordPress and crawls all of it; run without -short")
	}
	wp := startWordPress(t)
	out := filepath.Join(t.TempDir(), "frozen")
	started := time.Now()
	stdout, stderr, code := icecap(t, "-c", writeServerFile(t, t.TempDir(), "icecap.toml", wordPressSettings), "freeze", wp.URL, "--out", out)
	if code != 0 {
		t.Fatalf("icecap freeze: exit code %d\n%s%s", code, stdout, stderr)
	}
	site := currentSite(t, out)
	t.Logf("%d pages frozen in %.0f s, left to WordPress: %s", len(site.Entries), time.Since(started).Seconds(), skipReasons(site))

	frozen := map[string]content.Entry{}
	for _, entry := range site.Entries {
		frozen[entry.URL()] = entry
	}
	t.Run("what is public is frozen", func(t *testing.T) { wordPressFrozen(t, wp, frozen) })
	t.Run("what is private is not", func(t *testing.T) { wordPressPrivate(t, site) })

	t.Run("a second fetch gives the same bytes", func(t *testing.T) { wordPressAgain(t, wp, site) })

	before := wordPressLook(t, wp, strings.TrimPrefix(wp.URL, "http://")) // until its administrator changes it
	gate := startGate(t, "--out", out, "--cookie", "wordpress")
	t.Run("frozen pages come from disk", func(t *testing.T) { askFrozen(t, visitor(t, gate), wp.URL, site.Entries) })
	t.Run("the administrator works behind the gate", func(t *testing.T) { wordPressAdmin(t, wp, gate) })
	t.Run("a reader comments behind the gate", func(t *testing.T) { wordPressComment(t, wp, gate, site) })

	t.Run("a password opens a page behind the gate", func(t *testing.T) { wordPressPassword(t, wp, gate) })

	t.Run("the same directly on PHP-FPM", func(t *testing.T) { wordPressFastCGI(t, wp, out, site) })

	wp.php.stop()
	wp.database.stop()
	t.Run("a browser shows the same without PHP and MariaDB", func(t *testing.T) { wordPressSame(t, wp, gate, before) })
	t.Run("frozen pages outlive PHP and MariaDB", func(t *testing.T) {
		askFrozen(t, visitor(t, gate), wp.URL, site.Entries)
		if status, source, _ := get(t, visitor(t, gate), wp.URL+"/wp-login.php"); status != http.StatusBadGateway || source != "" {
			t.Errorf("the log-in page answers %d from %q, want 502 from WordPress's own NGINX", status, source)
		}
	})
}

// wordPressSettings name what a browser asks for although no page links to it:
// an icon, which WordPress redirects, and a script that another script loads.
const wordPressSettings = `
[freeze]
seeds = ["/", "/sitemap.xml", "/favicon.ico", "/wp-includes/js/wp-emoji-release.min.js"]
[[redirect]]
path = "/favicon.ico"
replay = true
`

var sitemapLocation = regexp.MustCompile(`<loc>([^<]+)</loc>`)

// wordPressFrozen holds the release to WordPress's own sitemap, and to the
// feeds, archives and images that every WordPress has.
func wordPressFrozen(t *testing.T, wp wordPress, frozen map[string]content.Entry) {
	var listed []string
	for _, sitemap := range sitemapLocation.FindAllStringSubmatch(body(t, wp.URL+"/wp-sitemap.xml"), -1) {
		for _, location := range sitemapLocation.FindAllStringSubmatch(body(t, sitemap[1]), -1) {
			listed = append(listed, location[1])
		}
	}
	if len(listed) < 250 {
		t.Fatalf("the sitemap lists %d pages, want at least 220 posts, 12 pages, categories and tags", len(listed))
	}
	missing := 0
	for _, location := range append(listed, wp.URL+"/feed/", wp.URL+"/comments/feed/", wp.URL+"/category/baking/feed/", wp.URL+"/author/admin/feed/",
		wp.URL+"/page/2/", wp.URL+"/page/22/", wp.URL+"/category/baking/page/2/", wp.URL+"/wp-sitemap.xml", wp.URL+"/wp-content/uploads/2023/01/lake-0.png") {
		path, err := content.ParsePath(strings.TrimPrefix(location, wp.URL))
		if err != nil {
			t.Errorf("%s: %v", location, err)
			continue
		}
		entry, ok := frozen[content.Key{Path: path}.URL()]
		if !ok {
			missing++
			if missing <= 20 {
				t.Errorf("%s is public and not frozen", location)
			}
			continue
		}
		if strings.HasSuffix(location, "/feed/") && entry.MediaType != "application/rss+xml" {
			t.Errorf("%s is frozen as %s, not as a feed", location, entry.MediaType)
		}
	}
	t.Logf("%d URLs of the sitemaps, %d missing", len(listed), missing)
}

// wordPressPrivate looks for what no stranger may share with another.
func wordPressPrivate(t *testing.T, site content.Site) {
	private := regexp.MustCompile(`^/(wp-admin|wp-login|wp-cron|wp-comments-post|xmlrpc)`)
	for _, entry := range site.Entries {
		if private.MatchString(entry.URL()) || entry.Variant != "" {
			t.Errorf("%s is frozen", entry.URL())
		}
	}
	// WordPress links to nothing that does not exist, so a link to it was misread.
	// A feed's <slash:comments>0</slash:comments> was once taken for one.
	for _, skip := range site.Skips {
		if skip.Reason == "status" {
			t.Errorf("%s: %s, linked from %s", skip.URL, skip.Detail, skip.From)
		}
	}
}

// wordPressAgain asks WordPress itself for a part of the frozen pages.
func wordPressAgain(t *testing.T, wp wordPress, site content.Site) {
	for i := 0; i < len(site.Entries); i += 12 {
		entry := site.Entries[i]
		sum := sha256.Sum256([]byte(body(t, wp.URL+entry.URL())))
		if hex.EncodeToString(sum[:]) != entry.SHA256 {
			t.Errorf("%s has other bytes now than in the release", entry.URL())
		}
	}
}

// askFrozen asks a gate for every frozen page: each must come from disk with
// the media type and the bytes of the release.
func askFrozen(t *testing.T, client *http.Client, base string, entries []content.Entry) {
	t.Helper()
	work := make(chan content.Entry)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for entry := range work {
				if err := askEntry(client, base, entry); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, entry := range entries {
		work <- entry
	}
	close(work)
	group.Wait()
}

func askEntry(client *http.Client, base string, entry content.Entry) error {
	response, err := client.Get(base + entry.URL())
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read %s: %w", entry.URL(), err)
	}
	sum := sha256.Sum256(body)
	mediaType, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	if response.StatusCode != http.StatusOK || response.Header.Get(nginx.Marker) != "disk" || mediaType != entry.MediaType || hex.EncodeToString(sum[:]) != entry.SHA256 {
		return fmt.Errorf("%s: %s from %q, %d bytes of %s; want the %d bytes of %s of the release from disk", entry.URL(), response.Status,
			response.Header.Get(nginx.Marker), len(body), mediaType, entry.Size, entry.MediaType)
	}
	return nil
}

// visitor is a browser of its own for whom the site's name leads to the gate,
// as it does once NGINX has the gate.
func visitor(t *testing.T, gate *nginx.Process) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, strings.TrimPrefix(gate.URL(), "http://"))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// wordPressAdmin logs in through the gate and sees his own pages, not the
// stranger's; a stranger beside him still gets the frozen ones.
func wordPressAdmin(t *testing.T, wp wordPress, gate *nginx.Process) {
	admin := visitor(t, gate)
	status, source, _ := get(t, admin, wp.URL+"/wp-admin/")
	if status != http.StatusFound || source != "" {
		t.Errorf("/wp-admin/ for a stranger: %d from %q, want a redirect from WordPress", status, source)
	}
	if status, source, _ := get(t, admin, wp.URL+"/wp-login.php"); status != http.StatusOK || source != "" {
		t.Fatalf("/wp-login.php: %d from %q, want 200 from WordPress", status, source)
	}
	response, err := admin.PostForm(wp.URL+"/wp-login.php", url.Values{"log": {"admin"}, "pwd": {"frozen lake"}, "testcookie": {"1"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	base := response.Request.URL
	if !slices.ContainsFunc(admin.Jar.Cookies(base), func(c *http.Cookie) bool { return strings.HasPrefix(c.Name, "wordpress_logged_in_") }) {
		t.Fatalf("log-in answered %s and set the cookies %v", response.Status, admin.Jar.Cookies(base))
	}
	if status, source, page := get(t, admin, wp.URL+"/"); status != http.StatusOK || source != "" || !strings.Contains(page, "wpadminbar") {
		t.Errorf("the front page for the administrator: %d from %q, with admin bar: %v", status, source, strings.Contains(page, "wpadminbar"))
	}
	if status, source, page := get(t, admin, wp.URL+"/wp-admin/"); status != http.StatusOK || source != "" || !strings.Contains(page, "Dashboard") {
		t.Errorf("/wp-admin/ for the administrator: %d from %q", status, source)
	}
	if _, source, page := get(t, visitor(t, gate), wp.URL+"/"); source != "disk" || strings.Contains(page, "wpadminbar") {
		t.Errorf("the front page for a stranger comes from %q", source)
	}
}

// wordPressComment posts a comment: it reaches WordPress, and its writer, who
// now carries a cookie, sees his own page.
func wordPressComment(t *testing.T, wp wordPress, gate *nginx.Process, site content.Site) {
	var post content.Entry
	for _, entry := range site.Entries {
		if strings.HasPrefix(entry.URL(), "/2023/06/") && strings.Count(entry.URL(), "/") == 4 && entry.MediaType == "text/html" {
			post = entry
		}
	}
	reader := visitor(t, gate)
	_, _, page := get(t, reader, wp.URL+post.URL())
	id := regexp.MustCompile(`name='comment_post_ID' value='(\d+)'`).FindStringSubmatch(page)
	if id == nil {
		t.Fatalf("%s has no comment form", post.URL())
	}
	response, err := reader.PostForm(wp.URL+"/wp-comments-post.php", url.Values{"comment_post_ID": {id[1]}, "author": {"Ada"}, "email": {"ada@example.com"},
		"comment": {"A comment from behind the gate."}, "wp-comment-cookies-consent": {"yes"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusFound || response.Header.Get(nginx.Marker) != "" {
		t.Fatalf("posting a comment answered %s", response.Status)
	}
	if _, source, page := get(t, reader, wp.URL+post.URL()); source != "" || !strings.Contains(page, "Ada") {
		t.Errorf("the commenter sees the page from %q, with his name: %v", source, strings.Contains(page, "Ada"))
	}
	if err := askEntry(visitor(t, gate), wp.URL, post); err != nil {
		t.Error(err)
	}
}

// wordPressPassword opens a page that a stranger sees, frozen, as a form.
func wordPressPassword(t *testing.T, wp wordPress, gate *nginx.Process) {
	reader := visitor(t, gate)
	if _, source, page := get(t, reader, wp.URL+"/members-only/"); source != "disk" || strings.Contains(page, "Secret.") {
		t.Errorf("the page for a stranger comes from %q, with its secret: %v", source, strings.Contains(page, "Secret."))
	}
	response, err := reader.PostForm(wp.URL+"/wp-login.php?action=postpass", url.Values{"post_password": {"sesame"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if _, source, page := get(t, reader, wp.URL+"/members-only/"); source != "" || !strings.Contains(page, "Secret.") {
		t.Errorf("the page for who knows the password comes from %q, with its secret: %v", source, strings.Contains(page, "Secret."))
	}
}

// wordPressLook opens a few pages of all kinds in a browser. It returns nothing
// where there is no browser.
func wordPressLook(t *testing.T, wp wordPress, address string) map[string]view {
	views := map[string]view{}
	program, err := browsertest.Program()
	if err != nil {
		return nil
	}
	for _, page := range wordPressPages {
		views[page] = look(t, program, wp.URL+page, address)
	}
	return views
}

// wordPressPages are a list of posts, another one, a page, and one with a form.
var wordPressPages = []string{"/", "/category/baking/page/2/", "/2023/01/morning-salt-snow-snow-4/", "/members-only/"}

// wordPressSame holds what a browser shows of the frozen pages to what it showed
// of WordPress, and wants every request for it answered from disk.
func wordPressSame(t *testing.T, wp wordPress, gate *nginx.Process, before map[string]view) {
	if before == nil {
		t.Skip("needs chromium: install the package chromium")
	}
	busters := 0
	for page, was := range wordPressLook(t, wp, strings.TrimPrefix(gate.URL(), "http://")) {
		if why := samePicture(before[page].picture, was.picture); why != "" {
			t.Errorf("%s looks another way: %s", page, why)
		}
		if len(was.asked) < 2 {
			t.Errorf("%s: the browser's log has %d requests", page, len(was.asked))
		}
		for _, r := range was.asked {
			if !strings.HasPrefix(r.url, wp.URL+"/") {
				continue // the browser's own errands
			}
			if !strings.HasSuffix(r.status, " 200 OK") && !strings.HasSuffix(r.url, "/favicon.ico") || !slices.Contains(r.header, "x-icecap: disk") {
				t.Errorf("%s: the browser got %q for %s, not from disk", page, r.status, r.url)
			}
			if strings.Contains(r.url, "?ver=") {
				busters++
			}
		}
		t.Logf("%s: %d requests", page, len(was.asked))
	}
	if busters == 0 {
		t.Error("no page asked for an asset with ?ver=")
	}
}

// get fetches a page: its status, the value of X-Icecap, its body.
func get(t *testing.T, client *http.Client, url string) (status int, source, body string) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read %s: %v", url, err)
	}
	return response.StatusCode, response.Header.Get(nginx.Marker), string(text)
}

// body is the page at url, which must exist.
func body(t *testing.T, url string) string {
	t.Helper()
	status, _, text := get(t, http.DefaultClient, url)
	if status != http.StatusOK {
		t.Fatalf("get %s: %d", url, status)
	}
	return text
}

// currentSite reads what was published.
func currentSite(t *testing.T, out string) content.Site {
	t.Helper()
	store, err := release.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	current, err := store.Current()
	if err != nil {
		t.Fatal(err)
	}
	site, err := current.Site()
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// skipReasons counts why URLs were left to the app, each with an example.
func skipReasons(site content.Site) string {
	counts, examples := map[string]int{}, map[string]content.Skip{}
	for _, skip := range site.Skips {
		counts[skip.Reason]++
		examples[skip.Reason] = skip
	}
	var lines []string
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, fmt.Sprintf("\n%6d %s, such as %s (%s)", counts[reason], reason, examples[reason].URL, examples[reason].Detail))
	}
	return strings.Join(lines, "")
}
