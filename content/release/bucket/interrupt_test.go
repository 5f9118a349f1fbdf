package bucket

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"icecap/content/release"
	"icecap/content/release/bucket/s3test"
)

// pullerVariable makes this test binary a host that pulls into the folder that it
// names, so that it can be killed.
const pullerVariable = "ICECAP_TEST_PULLER"

func TestMain(m *testing.M) {
	out := os.Getenv(pullerVariable)
	if out == "" {
		os.Exit(m.Run())
	}
	b, err := Open("s3://bucket/shop", os.Getenv)
	if err != nil {
		panic(err)
	}
	s, err := release.Open(out)
	if err != nil {
		panic(err)
	}
	fmt.Println(b.Pull(context.Background(), s, ""))
}

// A gate lets so many requests of one kind through to the S3 server.
type gate struct {
	kind    func(*http.Request) bool
	left    atomic.Int64
	refuse  bool          // what comes then, instead of letting it wait
	waiting chan struct{} // of each request that waits
	next    http.Handler
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.kind(r) && g.left.Add(-1) < 0 {
		if g.refuse {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		g.waiting <- struct{}{}
		<-r.Context().Done()
		return
	}
	g.next.ServeHTTP(w, r)
}

// gated starts a gate before a server, and returns the environment of who goes through it.
func gated(t *testing.T, server *s3test.Server, g *gate) map[string]string {
	g.waiting = make(chan struct{}, 1000)
	g.next = &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: server.Address})
		r.Out.Host = r.In.Host // it is signed
	}}
	front := httptest.NewServer(g)
	t.Cleanup(front.Close)
	env := server.Env()
	env["AWS_ENDPOINT_URL"] = front.URL
	return env
}

// manyPages is a site of more pages than are under way at once.
func manyPages(n int) map[string]string {
	site := map[string]string{}
	for i := range n {
		site[fmt.Sprintf("/%d/%d", i%7, i)] = fmt.Sprintf("page %d", i)
	}
	return site
}

// TestPullDies: a host that is killed in mid-pull answers as before, and the next
// pull fetches only what had not arrived.
func TestPullDies(t *testing.T) {
	server, b := s3(t)
	from, to := newStore(t), newStore(t)
	old := publish(t, to, map[string]string{"/": "old"})
	publish(t, from, map[string]string{"/": "first"}) // so that the second has another number
	const all, arrive = 100, 40
	pushed := publish(t, from, manyPages(all))
	if _, err := b.Push(t.Context(), pushed); err != nil {
		t.Fatal(err)
	}
	g := &gate{kind: func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/bodies/") }}
	g.left.Store(arrive)
	env := gated(t, server, g)

	puller := exec.Command(os.Args[0])
	puller.Env = append(os.Environ(), pullerVariable+"="+to.Dir())
	for name, value := range env {
		puller.Env = append(puller.Env, name+"="+value)
	}
	var said strings.Builder
	puller.Stdout, puller.Stderr = &said, &said
	if err := puller.Start(); err != nil {
		t.Fatal(err)
	}
	for range workers { // once all of them wait, what came before is written
		<-g.waiting
	}
	if err := puller.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	puller.Wait()
	if said.Len() > 0 {
		t.Fatalf("it said %q", said.String())
	}

	if is, err := to.Current(); err != nil || is.ID != old.ID || !strings.HasSuffix(pages(t, is)["/"], " old") {
		t.Errorf("current is %v, %v", is, err)
	}
	if list, err := to.Releases(); err != nil || len(list) != 1 {
		t.Errorf("%d releases, %v", len(list), err)
	}
	got, err := b.Pull(t.Context(), to, "")
	if err != nil || got.Bodies != all-arrive {
		t.Errorf("the next pull: %+v, %v, want %d bodies", got, err, all-arrive)
	}
	pulled(t, to, pushed)
	if is, err := to.Current(); err != nil || is.ID != old.ID {
		t.Errorf("current is %v, %v", is, err)
	}
}

// TestPushEnds: a push that ended in the middle lists nothing, and the next one
// sends the rest.
func TestPushEnds(t *testing.T) {
	server, b := s3(t)
	const all, arrive = 60, 25
	r := publish(t, newStore(t), manyPages(all))
	g := &gate{kind: func(r *http.Request) bool { return r.Method == http.MethodPut }, refuse: true}
	g.left.Store(arrive)
	if got, err := open(t, b.String(), gated(t, server, g)).Push(t.Context(), r); err == nil {
		t.Fatalf("it ended with %+v", got)
	}
	if ids, err := b.Releases(t.Context()); err != nil || len(ids) > 0 {
		t.Errorf("it is listed: %q, %v", ids, err)
	}
	got, err := b.Push(t.Context(), r)
	// Of those that were let through, the last few were given up with the push.
	if err != nil || got.Bodies < all-arrive || got.Bodies > all-arrive+workers || got.Already {
		t.Errorf("the next push: %+v, %v, want %d bodies or a few more", got, err, all-arrive)
	}
	to := newStore(t)
	if _, err := b.Pull(t.Context(), to, ""); err != nil {
		t.Fatal(err)
	}
	pulled(t, to, r)
}
