package freeze

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"icecap/content"
)

// sample is a page of about 4 KB with 50 links, as a catalogue has them.
func sample(n, pages int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Product %d</title><link rel="stylesheet" href="/static/shop.css"><link rel="icon" href="/static/icon.svg" type="image/svg+xml"><script src="/static/shop.js" defer></script></head><body><nav>`, n)
	for i := range 10 {
		fmt.Fprintf(&b, `<a href="/product/%d">Shelf %d</a> `, i, i)
	}
	b.WriteString("</nav><main>")
	for i := range 40 {
		fmt.Fprintf(&b, `<li class="card"><a href="/product/%d"><span class="name">Product %d &amp; more</span></a></li>`+"\n", (n*40+i)%pages, i)
	}
	fmt.Fprintf(&b, "<p>%s</p></main></body></html>", strings.Repeat("Made by hand, to be mended. ", 20))
	return b.String()
}

type drain struct{}

func (drain) Page(content.Page) error                { return nil }
func (drain) Keep(content.Key, *content.Stale) error { return nil }
func (drain) Redirect(content.Redirect) error        { return nil }
func (drain) Skip(content.Skip) error                { return nil }

// benchSite answers raw bytes on a listener, cheaper than net/http's server, so
// that the client is what is measured. ICECAP_BENCH_URL names a site of one's own.
func benchSite(b *testing.B, pages int) string {
	if url := os.Getenv("ICECAP_BENCH_URL"); url != "" {
		return url
	}
	answers := map[string][]byte{"/": answer(sample(0, pages)), "/static/shop.css": nil}
	for n := range pages {
		answers[fmt.Sprintf("/product/%d", n)] = answer(sample(n, pages))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerAll(conn, answers)
		}
	}()
	return "http://" + listener.Addr().String()
}

func answer(body string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\nLast-Modified: Mon, 02 Jan 2006 15:04:05 GMT\r\nConnection: keep-alive\r\nETag: \"1-2\"\r\nAccept-Ranges: bytes\r\n\r\n%s", len(body), body)
}

var missing = []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

func answerAll(conn net.Conn, answers map[string][]byte) {
	defer conn.Close()
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf) // a request of a crawler comes whole
		if err != nil {
			return
		}
		path, _, _ := strings.Cut(string(buf[4:min(n, 64)]), " ")
		out := answers[path]
		if out == nil {
			out = missing
		}
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

func BenchmarkCrawl(b *testing.B) {
	const pages = 2050
	url := benchSite(b, pages)
	b.ReportAllocs()
	total := int64(0)
	for b.Loop() {
		c := &Crawler{URL: url}
		if err := c.Run(context.Background(), nothing{}, drain{}); err != nil {
			b.Fatal(err)
		}
		total += c.Progress().Frozen
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "pages/s")
}

// BenchmarkBare is the floor: net/http and reading the body, nothing else.
func BenchmarkBare(b *testing.B) {
	const pages = 2050
	url := benchSite(b, pages)
	b.ReportAllocs()
	total := 0
	for b.Loop() {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, DisableCompression: true}}
		work := make(chan int)
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				for n := range work {
					res, err := client.Get(fmt.Sprintf("%s/product/%d", url, n))
					if err != nil {
						b.Error(err)
						return
					}
					io.ReadAll(res.Body)
					res.Body.Close()
				}
			})
		}
		for n := range pages {
			work <- n
		}
		close(work)
		wait.Wait()
		client.CloseIdleConnections()
		total += pages
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "pages/s")
}

func BenchmarkScan(b *testing.B) {
	body := []byte(sample(7, 2050))
	r := &Response{Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: body}
	r.media, r.known = content.MediaFor("text/html")
	var s scan
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		s.read(r)
	}
}

func BenchmarkJudge(b *testing.B) {
	body := []byte(sample(7, 2050))
	path, _ := content.ParsePath("/product/7")
	r := &Response{Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: body, path: path}
	r.prepare()
	rules := Rules{Leaks: []string{"127.0.0.1:8000", "127.0.0.1%3A8000", "127.0.0.1%3a8000"}}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if v := Judge(r, nil, rules); v.Reason != "" {
			b.Fatal(v)
		}
	}
}
