//go:build unix

package release

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"icecap/content"
)

func TestCheck(t *testing.T) {
	numbered := func(from, to int) files {
		site := files{}
		for i := from; i < to; i++ {
			site[fmt.Sprintf("/p%d", i)] = fmt.Sprint("x", i)
		}
		return site
	}
	same := func(alike, all int) files {
		site := numbered(0, all)
		for i := range alike {
			site[fmt.Sprintf("/p%d", i)] = "Back soon"
		}
		return site
	}
	for _, test := range []struct {
		name   string
		old    files
		site   files
		limits Limits
		reason string // "" where the check passes
	}{
		{"the first release", nil, files{"/": "x"}, Limits{}, ""},
		{"nothing", nil, nil, Limits{}, "nothing was frozen"},
		{"nothing any more", files{"/": "x"}, nil, Limits{AllowShrink: true}, "nothing was frozen"},
		{"as before", numbered(0, 50), numbered(0, 50), Limits{}, ""},
		{"a fifth is gone", numbered(0, 50), numbered(0, 40), Limits{}, ""},
		{"more than a fifth is gone", numbered(0, 50), numbered(0, 39), Limits{}, "11 of 50 published pages would disappear"},
		{"as many others do not help", numbered(0, 50), numbered(20, 70), Limits{}, "20 of 50"},
		{"and that is right", numbered(0, 50), numbered(0, 1), Limits{AllowShrink: true}, ""},
		{"four of a small site are gone", numbered(0, 5), numbered(0, 1), Limits{}, ""},
		{"five of a small site are gone", numbered(0, 6), numbered(0, 1), Limits{}, "5 of 6"},
		{"one page again and again", nil, same(6, 11), Limits{}, "6 of 11 HTML pages have the same bytes, those of /p0"},
		{"and that is right, too", nil, same(6, 11), Limits{AllowSame: true}, ""},
		{"half of the pages alike", nil, same(6, 12), Limits{}, ""},
		{"a small site of one page", nil, same(9, 9), Limits{}, ""},
		{"required and there", nil, files{"/": "x"}, Limits{Required: []content.Path{key(t, "/").Path}}, ""},
		{"required and not there", nil, files{"/": "x"}, Limits{Required: []content.Path{key(t, "/a").Path, key(t, "/").Path}}, "missing: /a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			publish(t, s, all("blog"), numbered(100, 200)) // another source does not count
			if test.old != nil {
				publish(t, s, all("app"), test.old)
			}
			st := begin(t, s, all("app"))
			yield(t, st, test.site)
			err := st.Check(test.limits)
			if test.reason == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var check *CheckError
			if !errors.As(err, &check) || !strings.Contains(check.Reason, test.reason) || check.Hint == "" {
				t.Errorf("Check: %v, want a CheckError with %q and a hint", err, test.reason)
			}
		})
	}
}

// A required path may be a redirect.
func TestCheckRedirect(t *testing.T) {
	st := begin(t, newStore(t), all("app"))
	yield(t, st, files{"/": "x"})
	if err := st.Redirect(content.Redirect{From: key(t, "/a").Path, To: "/", Code: 301}); err != nil {
		t.Fatal(err)
	}
	if err := st.Check(Limits{Required: []content.Path{key(t, "/a").Path}}); err != nil {
		t.Error(err)
	}
}

func TestFingerprinted(t *testing.T) {
	for url, want := range map[string]bool{
		"/app.3f9a1c2b.css":               true,
		"/static/css/app.3f9a1c2b9d0e.js": true,
		"/assets/index-BxY3k9Qz.js":       true,
		"/img/logo_k3j4h5g6.svg":          true,
		"/3f9a1c2b.woff2":                 true,
		"/app.css":                        false,
		"/app.3f9a1c2.css":                false, // 7
		"/bootstrap.css":                  false, // letters only
		"/photo-20240131.jpg":             false, // a date
		"/app.3f9a1c2b.html":              false, // pages are not assets
		"/page-3f9a1c2b":                  false,
		"/feed-3f9a1c2b.xml":              false,
		"/3f9a1c2b/app.css":               false, // the folder has the hash
	} {
		p := page{key: key(t, url), media: media(url)}
		if got := fingerprinted(&p); got != want {
			t.Errorf("fingerprinted(%s) = %v", url, got)
		}
	}
}

// An asset with a hash in its name outlives the pages that name it by three releases.
func TestCarry(t *testing.T) {
	const asset = "/app.3f9a1c2b.css"
	s := newStore(t)
	home := func(i int) files { return files{"/": fmt.Sprint(i), "/plain.css": fmt.Sprint(i)} }
	first := home(0)
	first[asset] = "body{}"
	r := publish(t, s, all("app"), first)
	modified := entry(t, r, asset).Modified
	for i := 1; i <= 3; i++ {
		r = publish(t, s, all("app"), home(i))
		if e := entry(t, r, asset); e.Carried != i || !e.Modified.Equal(modified) {
			t.Errorf("release %d: carried %d times, from %v", i, e.Carried, e.Modified)
		}
		// A release of another source is none of its own.
		r = publish(t, s, all("blog"), files{"/blog": fmt.Sprint(i)})
		if e := entry(t, r, asset); e.Carried != i {
			t.Errorf("the blog's release %d: carried %d times", i, e.Carried)
		}
	}
	publish(t, s, all("app"), home(4))
	wantSite(t, s, files{"/": "4", "/plain.css": "4", "/blog": "3"})

	t.Run("it comes back", func(t *testing.T) {
		publish(t, s, all("app"), first)
		publish(t, s, all("app"), home(1))
		r := publish(t, s, all("app"), first)
		if e := entry(t, r, asset); e.Carried != 0 {
			t.Errorf("carried %d times", e.Carried)
		}
	})
	t.Run("it was refused", func(t *testing.T) {
		for _, test := range []struct {
			skip content.Skip
			want bool
		}{
			{content.Skip{URL: asset, Reason: "private"}, false},
			{content.Skip{URL: asset, Reason: "status", Failed: true}, true},
		} {
			publish(t, s, all("app"), first)
			st := begin(t, s, all("app"))
			yield(t, st, home(1))
			if err := st.Skip(test.skip); err != nil {
				t.Fatal(err)
			}
			commit(t, st)
			if _, got := published(t, s)[asset]; got != test.want {
				t.Errorf("after %+v: carried %v", test.skip, got)
			}
		}
	})
	t.Run("it is no shrinking", func(t *testing.T) {
		site := files{"/": "x"}
		for i := range 30 {
			site[fmt.Sprintf("/app.3f9a1c%02d.css", i)] = "x"
		}
		publish(t, s, all("app"), site)
		for range 5 {
			st := begin(t, s, all("app"))
			yield(t, st, files{"/": "x"})
			if err := st.Check(Limits{}); err != nil {
				t.Fatal(err)
			}
			commit(t, st)
		}
	})
}

// Skips and redirects follow the scopes as pages do.
func TestSkipsAndRedirects(t *testing.T) {
	s := newStore(t)
	run := func(scope content.Scope, page string, skips ...string) []string {
		st := begin(t, s, scope)
		yield(t, st, files{page: "x"})
		for _, url := range skips {
			if err := st.Skip(content.Skip{URL: url, Reason: "private", Detail: "caf\xe9"}); err != nil {
				t.Fatal(err)
			}
		}
		from := strings.TrimSuffix(page, "/") + "/old"
		if err := st.Redirect(content.Redirect{From: key(t, from).Path, To: page, Code: 308}); err != nil {
			t.Fatal(err)
		}
		site, err := commit(t, st).Site()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, skip := range site.Skips {
			got = append(got, skip.Source+" "+skip.URL)
		}
		for _, r := range site.Redirects {
			got = append(got, fmt.Sprintf("%s %s %d %s", r.Source, r.From, r.Code, r.To))
		}
		return got
	}
	same := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
	same(run(all("app"), "/a", "/cart", "//odd", "/search?q=1"),
		"app //odd", "app /cart", "app /search?q=1", "app /a/old 308 /a")
	same(run(content.Scope{Source: "blog", Prefix: "/blog/"}, "/blog/", "/cart", "/blog/draft"),
		"app //odd", "blog /blog/draft", "app /cart", "blog /cart", "app /search?q=1", "app /a/old 308 /a", "blog /blog/old 308 /blog/")
	same(run(all("app"), "/b", "/cart", "/cart"),
		"blog /blog/draft", "app /cart", "blog /cart", "app /b/old 308 /b", "blog /blog/old 308 /blog/")
	same(run(content.Scope{Source: "app", Keys: []content.Key{key(t, "/c"), key(t, "/c/old"), key(t, "/cart")}}, "/c"),
		"blog /blog/draft", "blog /cart", "app /b/old 308 /b", "blog /blog/old 308 /blog/", "app /c/old 308 /c")
}
