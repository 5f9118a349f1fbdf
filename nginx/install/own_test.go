package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"icecap/nginx"
)

// Copies stand in for a failing app also where that is the operator's own location,
// and URLs without a copy keep its errors. An edit of the location is carried over
// by the next installation.
func TestCopiesInOwnLocation(t *testing.T) {
	l := startLive(t)
	put(t, filepath.Join(l.dir, "out/releases/1/p/news@!.html"), "the copy")
	before, in := l.tree(t), l.installer()
	in.Server.Fallback = true
	l.install(t, in)
	l.quiet(t)
	want := func(path, source, body string) {
		t.Helper()
		if s, b := l.get(t, path); s != source || b != body {
			t.Errorf("%s: %q from %q, want %q from %q", path, b, s, body, source)
		}
	}
	want("/news?a=%20", "", "app /news?a=%20")
	want("/news", "", "app /news")
	l.fails.Store(true)
	want("/news", nginx.MarkStale, "the copy")
	want("/news?a=1", "", "app /news?a=1")
	want("/nope", "", "app /nope")
	want("/about", nginx.MarkDisk, "frozen about@.html")

	plan, err := in.Plan(t.Context())
	if err != nil || plan.Differs() {
		t.Fatalf("a second plan: %v", err)
	}
	text, err := os.ReadFile(l.site)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(l.dir, "conf/available/shop.conf")
	put(t, file, strings.Replace(string(text), "add_header X-Own 1;", "add_header X-Own 2;", 1))
	if plan, err = in.Plan(t.Context()); err != nil || !plan.Differs() || !strings.Contains(string(plan.Changes[1].After), "add_header X-Own 2;") {
		t.Fatalf("after an edit: %v", err)
	}
	put(t, file, string(text))
	if _, _, err := in.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.wantTree(t, "uninstalled", before)
}

// A file that the location includes and that is not understood may hold a guard: then
// there is no second location without it.
func TestUnreadInclude(t *testing.T) {
	dir := t.TempDir()
	r := &running{dir: dir, files: map[string]*file{}}
	for name, text := range map[string]string{"guard": "what is this", "empty": "\n"} {
		put(t, filepath.Join(dir, name), text)
		r.files[filepath.Join(dir, name)] = &file{text: text}
	}
	for include, want := range map[string]string{"guard": filepath.Join(dir, "guard"), "empty": "", "none*": ""} {
		b, err := nginx.Parse("include " + include + "; proxy_pass http://a;")
		if err != nil {
			t.Fatal(err)
		}
		if got := r.unread(b, 0); got != want {
			t.Errorf("include %s: %q is not read, want %q", include, got, want)
		}
	}
}

// Where the operator's location cannot be had twice, the gate is installed without
// copies, and that is said.
func TestNoCopiesInOwnLocation(t *testing.T) {
	l := startLive(t)
	text, err := os.ReadFile(l.site)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(l.dir, "conf/available/shop.conf"), strings.Replace(string(text), "add_header X-Own 1;", "try_files $uri @nowhere;", 1))
	in := l.installer()
	in.Server.Fallback = true
	plan, err := in.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	said := "copies for when the app fails are not used, because of its try_files: your location at " + l.site + ":18 stays the app"
	if warnings := strings.Join(plan.Warnings, "\n"); !strings.Contains(warnings, said) || plan.Server.Fallback {
		t.Errorf("%v: %s", plan.Server.Fallback, warnings)
	}
}

// What an operator's location says means the same in a second one.
func TestAgain(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "proxy_params"), "") // NGINX looks at the disk for what an include names
	for _, test := range []struct{ server, location, want, reason string }{
		{"", "proxy_pass http://a;", "proxy_pass http://a;", ""},
		{"", "include proxy_params; proxy_pass http://a;", "proxy_set_header Host $http_host; proxy_pass http://a;", ""},
		{"", "error_page 404 /e; recursive_error_pages on; proxy_intercept_errors off; open_file_cache off; uwsgi_pass a;", "uwsgi_pass a;", ""},
		{"", "uwsgi_param PATH_INFO $document_uri; uwsgi_param X \"${uri}?$args $uri_x\"; uwsgi_pass a;", "uwsgi_param PATH_INFO $a_path; uwsgi_param X \"$a_path?$args $uri_x\"; uwsgi_pass a;", ""},
		{"root /srv/www;", "fastcgi_param SCRIPT_NAME $fastcgi_script_name; fastcgi_param F $document_root/index.php; fastcgi_pass a;",
			"fastcgi_param SCRIPT_NAME $a_path; fastcgi_param F /srv/www/index.php; fastcgi_pass a;", ""},
		{"root /srv/www;", "root /srv/own; scgi_param R $document_root; scgi_pass a;", "scgi_param R /srv/own; scgi_pass a;", ""},
		{"root $host;", "scgi_param R $document_root; scgi_pass a;", "", "of $document_root in its scgi_param"},
		{"root html;", "scgi_param R $document_root; scgi_pass a;", "", "of $document_root in its scgi_param"},
		{"", "fastcgi_param F $request_filename; fastcgi_pass a;", "", "of $request_filename in its fastcgi_param"},
		{"", "fastcgi_index i.php; fastcgi_param S $fastcgi_script_name; fastcgi_pass a;", "", "of $fastcgi_script_name in its fastcgi_param"},
		{"proxy_intercept_errors on;", "proxy_pass http://a;", "", "proxy_intercept_errors replaces the app's errors already"},
		{"", "if ($a) { proxy_pass http://b; } proxy_pass http://a;", "", "of its if"},
		{"", "rewrite ^ /x break; proxy_pass http://a;", "", "of its rewrite"},
		{"", "access_by_lua_file x; proxy_pass http://a;", "", "of its access_by_lua_file"},
		{"", "add_header X 1;", "", "it does not pass requests on by itself"},
	} {
		text := "server { " + test.server + " location / { " + test.location + " } }"
		block, err := nginx.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		params, err := nginx.Parse("proxy_set_header Host $http_host;")
		if err != nil {
			t.Fatal(err)
		}
		f := &file{path: "/etc/nginx/nginx.conf", text: text, block: block}
		r := &running{dir: dir, files: map[string]*file{f.path: f, filepath.Join(dir, "proxy_params"): {block: params}}, order: []string{f.path}}
		s := r.servers()[0]
		location, ok := edit{app: "@a_app"}.ownLocation(s)
		if !ok {
			t.Fatal("no location")
		}
		got, reason := r.again(location, s, "$a_path")
		want, err := nginx.Parse(test.want)
		if err != nil {
			t.Fatal(err)
		}
		if reason != test.reason || !got.Equal(want) {
			t.Errorf("%s: %q\n%s", text, reason, got)
		}
	}
}
