package bucket

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

	"icecap/content"
	"icecap/content/release"
)

// objects are the contents of a bucket's folder: media type and text.
func objects(t *testing.T, b *Bucket) map[string]string {
	t.Helper()
	all := map[string]string{}
	for o := range b.client.ListObjects(t.Context(), b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		name := strings.TrimPrefix(o.Key, b.prefix)
		info, err := b.client.StatObject(t.Context(), b.name, o.Key, minio.StatObjectOptions{})
		text, getErr := b.get(t.Context(), name, 1<<20)
		if err := errors.Join(o.Err, err, getErr); err != nil {
			t.Fatal(err)
		}
		all[name] = info.ContentType + " " + string(text)
	}
	return all
}

func left(done Exported) (list []string) {
	for _, f := range done.Findings {
		list = append(list, f.URL)
	}
	return list
}

// TestExport: a plain site in a bucket is brought up to date by what changed.
func TestExport(t *testing.T) {
	server, b := s3(t)
	s := newStore(t)
	path := func(raw string) content.Path {
		p, err := content.ParsePath(raw)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	html := "text/html; charset=utf-8 "
	site := map[string]string{
		"/": "home", "/about": "about", "/docs/": "docs", "/docs/a": "a", "/list?page=2": "2", "/style.css": "css",
		"/x/": "x", "/x/index.html": "x index", "/gone": "gone",
		"/tags/c%23/": "C#", "/tags/.net/": ".NET",
	}
	r := publish(t, s, site, content.Redirect{From: path("/old"), To: "/about?x='", Code: 301})
	want := map[string]string{
		"index.html": html + "home", "about": html + "about", "docs/index.html": html + "docs", "docs/a": html + "a",
		"style.css": "text/css; charset=utf-8 css", "x/index.html": html + "x index", "gone": html + "gone",
		"tags/c#/index.html": html + "C#", "tags/.net/index.html": html + ".NET",
		"old": html + release.RefreshPage("/about?x='"),
	}
	export := func(b *Bucket, sent, deleted int) {
		t.Helper()
		done, err := b.Export(t.Context(), r)
		if err != nil || done.Sent != sent || done.Deleted != deleted || done.Files+done.Redirects != len(want) {
			t.Errorf("%+v, %v, want %d sent and %d deleted of %d", done, err, sent, deleted, len(want))
		}
		if left := left(done); !slices.Equal(left, []string{"/list?page=2", "/x/"}) {
			t.Errorf("left out: %q", left)
		}
		got := objects(t, b)
		delete(got, siteMarker)
		delete(got, "of-somebody-else")
		if !maps.Equal(got, want) {
			t.Errorf("there is %q, want %q", got, want)
		}
	}
	export(b, 10, 0)
	export(b, 0, 0)
	if err := b.put(t.Context(), "of-somebody-else", strings.NewReader("1"), 1, binary); err != nil {
		t.Fatal(err)
	}

	// An export that ends in the middle still knows what is its own.
	site["/about"], site["/new"] = "about 2", "new"
	delete(site, "/gone")
	r = publish(t, s, site, content.Redirect{From: path("/old"), To: "/new", Code: 301})
	g := &gate{kind: func(r *http.Request) bool { return r.Method == http.MethodPut }, refuse: true}
	g.left.Store(2) // the list, and one of three
	if done, err := open(t, b.String(), gated(t, server, g)).Export(t.Context(), r); err == nil {
		t.Fatalf("it ended with %+v", done)
	}
	want["about"], want["new"], want["old"] = html+"about 2", html+"new", html+release.RefreshPage("/new")
	delete(want, "gone")
	export(b, 3, 1)
	if objects(t, b)["of-somebody-else"] == "" {
		t.Error("an object of somebody else is gone")
	}

	var foreign *ForeignError
	other := open(t, "s3://bucket", server.Env())
	if _, err := other.Export(t.Context(), r); !errors.As(err, &foreign) || foreign.Hint() == "" {
		t.Errorf("a folder that is not empty: %v", err)
	}
}

// TestExportAfterDeletions: an export ends once it has deleted, before it could
// say so, and the site is rolled back. What was deleted is sent again.
func TestExportAfterDeletions(t *testing.T) {
	server, b := s3(t)
	s := newStore(t)
	first := publish(t, s, map[string]string{"/": "home", "/gone": "gone"})
	if _, err := b.Export(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	second := publish(t, s, map[string]string{"/": "home"})
	g := &gate{kind: func(r *http.Request) bool { return r.Method == http.MethodPut }, refuse: true}
	g.left.Store(1) // the list of before
	if done, err := open(t, b.String(), gated(t, server, g)).Export(t.Context(), second); err == nil || done.Deleted != 1 {
		t.Fatalf("it ended with %+v, %v", done, err)
	}
	if done, err := b.Export(t.Context(), first); err != nil || done.Sent != 1 {
		t.Errorf("%+v, %v, want one object sent", done, err)
	}
	if got := objects(t, b)["gone"]; !strings.HasSuffix(got, " gone") {
		t.Errorf("/gone is %q", got)
	}
}

// TestExportToFolders: a store that keeps objects as files cannot hold all.
func TestExportToFolders(t *testing.T) {
	_, b := s3(t)
	r := publish(t, newStore(t), map[string]string{"/": "home", "/blog": "blog", "/blog/post": "post"})
	done, err := b.Export(t.Context(), r)
	if got := left(done); err != nil || len(got) != 1 || !strings.HasPrefix(got[0], "/blog") || done.Files != 2 || done.Sent != 2 {
		t.Errorf("%+v, %v", done, err)
	}
	got := objects(t, b)
	delete(got, "blog/") // what the refused object may leave of itself in this store's folder
	if len(got) != 3 {
		t.Errorf("there is %q", got)
	}
}
