package probe_test

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"strings"
	"testing"

	"icecap/nginx"
	"icecap/nginx/probe"
)

// FuzzGatesAgree sends the same bytes to the handler and to NGINX. What one
// answers from disk the other must, with the same status and body, unless
// net/http refused the request before the handler saw it.
func FuzzGatesAgree(f *testing.F) {
	for _, name := range []string{"gate.txt", "conditional.txt", "query.txt", "redirect.txt", "headers.txt", "coding.txt", "fallback.txt"} {
		for _, c := range readScript(f, name).Cases {
			for _, exchange := range c.Exchanges {
				r := exchange.Request
				if len(r.Target) < 4000 {
					f.Add(r.Method, r.Target, strings.Join(r.Header, "\n"))
				}
			}
		}
	}
	root, _ := newSite(f)
	here, there := startLocal(f, shop(root)), startNGINX(f, shop(root))
	f.Fuzz(func(t *testing.T, method, target, headers string) {
		r := probe.Request{Method: method, Target: target, Version: "HTTP/1.1", Header: strings.Split(headers, "\n")}
		if !isOneRequest(r) {
			t.Skip()
		}
		agree(t, here, there, r)
	})
}

// isOneRequest reports whether the text is one request without a body, and
// does not name the protocol itself.
func isOneRequest(r probe.Request) bool {
	if r.Method == "" || r.Target == "" || strings.ContainsAny(r.Method+r.Target, " \r\n") {
		return false
	}
	// A server may hang up on a longer one before it has read it all.
	if len(r.Method)+len(r.Target)+len(strings.Join(r.Header, "")) > 4000 {
		return false
	}
	for _, line := range r.Header {
		name, value, found := strings.Cut(strings.ToLower(line), ":")
		if name == "host" && strings.TrimSpace(value) == "" && r.Target[0] != '/' {
			return false
		}
		if !found || strings.ContainsAny(line, "\r\t") || strings.TrimSpace(name) != name {
			return false
		}
		switch name {
		case "content-length", "transfer-encoding", "connection", "expect", "x-probe-status":
			return false
		case "if-modified-since", "if-unmodified-since", "if-range": // NGINX understands some dates that are none
			return false
		}
	}
	return true
}

// TestGatesAgreeOnNonsense puts requests together from what is special to one
// parser or the other, always the same ones.
func TestGatesAgreeOnNonsense(t *testing.T) {
	root, _ := newSite(t)
	server := shop(root)
	if binary, err := nginx.Find(); err == nil && binary.CanSend().Brotli {
		server = packedShop(root)
	}
	here, there := startLocal(t, server), startNGINX(t, server)
	dice := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string, most int) string {
		var b strings.Builder
		for range dice.IntN(most + 1) {
			b.WriteString(from[dice.IntN(len(from))])
		}
		return b.String()
	}
	count := 2000
	if testing.Short() {
		count = 200
	}
	for range count {
		r := probe.Request{Method: "GET", Target: pick(prefixes, 1) + "/" + pick(pathParts, 5), Version: "HTTP/1.1", Header: []string{"Host: " + pick(hostParts, 3)}}
		if dice.IntN(2) == 0 || r.Target[0] != '/' { // net/http hides the Host line beside a whole URL
			r.Header[0] = "Host: shop.example.com"
		}
		switch dice.IntN(6) {
		case 2:
			r.Target, r.Header[0] = pick(codedPages, 1)+pick(pathParts, 1), "Host: shop.example.com"
			r.Target = cmp.Or(r.Target, "/")
			r.Header = append(r.Header, "Accept-Encoding: "+pick(codings, 6))
		case 3:
			r.Header = append(r.Header, "X-Probe-Status: 503")
		case 0:
			r.Header = append(r.Header, headerNames[dice.IntN(len(headerNames))]+": "+pick(headerParts, 5))
		case 1: // NGINX understands some dates that are none
			r.Header = append(r.Header, dateNames[dice.IntN(len(dateNames))]+": "+pick(dates, 1))
		}
		agree(t, here, there, r)
	}
}

var (
	prefixes  = []string{"", "", "", "http://shop.example.com", "http://", "/", "http://SHOP.example.com.:80", "x:", ".", "http://[::1]:1", "http://a@b", "http://a_b"}
	pathParts = []string{"about", "docs", "intro", "a", "b", "/", "/", "/", ".", "..", "...", "%2F", "%2f", "%2e", "%2E", "%5c", "\\", "%00", "%", "%a",
		"%zz", "?", "#", "&", "=", ".html", ".css", "@.html", "style", "%61", "%C3%A9", "\xff", "\xc3\xa9", ":", ";", "+", "%20", "~", "|", "\"", "<", "-", "case", "CASE", "%25", "\t", "%0a", "%3f", "%23", "x=1",
		"list", "?page=", "2", "20", "0", "&", "utm_source=", "gclid=x", "?ver=6.1", "?v=", "style.css", "load.php?modules=a&only=styles", "photo.jpeg", "?w=300", "packed", "assets/app.3f9a1c2b.css", "news", "/today", "drafts/one", "gone", "lost/Page", "!", "404", "old", "moved", "OLD", "twin.php", "Twin.php", "?a", "?A"}
	hostParts   = []string{"shop.example.com", "shop", ".", "..", ":", "80", ":80", "x", "_", "-", "[", "]", "::1", "/", "\\", "@", "SHOP.EXAMPLE.COM", "\xc3\xa9", "%20", "\"", "127.0.0.1", "*"}
	headerNames = []string{"Cookie", "Cookie", "Range", "Range", "If-None-Match", "If-Match", "Authorization", "X-Requested-With"}
	dateNames   = []string{"If-Modified-Since", "If-Range", "If-Unmodified-Since"}
	dates       = []string{"Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 14-Nov-23 22:13:20 GMT", "Tue Nov 14 22:13:20 2023", "Tue, 14 Nov 2023 22:13:21 GMT", "x", "0"}
	codedPages  = []string{"/packed", "/packed", "/assets/app.3f9a1c2b.css", "/news/today"}
	codings     = []string{"gzip", "br", ";", "; ", "q=", "Q=", "0", "1", ".", "0.5", ",", ", ", " ", "x", "*", "GZIP", "br;q=0", "gzip;q=0.0"}
	headerParts = []string{"sessionid", "sessionid=", "sessionid=1", "connect.sid=", "wordpress_logged_in_", "=", ";", "; ", " ;", ";\t", ",", "\"", "\"6553f100-e\"", "W/", "*",
		"bytes=", "bytes=", "0", "5", "13", "14", "-", "-", " ", "x", "99999999999999999999", "\xff"}
)

func agree(t *testing.T, here, there probe.Target, r probe.Request) {
	t.Helper()
	got, errHere := here.Do(t.Context(), r)
	want, errThere := there.Do(t.Context(), r)
	if errHere != nil || errThere != nil {
		t.Fatalf("%q: no answer: %v, nginx: %v", r, errHere, errThere)
	}
	if got.Source == probe.FromNone && strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") {
		return // net/http refused it
	}
	if got.Source != want.Source || got.Status != want.Status {
		t.Errorf("%q: %d from %s, %d from %s of nginx", r, got.Status, got.Source, want.Status, want.Source)
		return
	}
	// [local.Proxy] says where it cannot keep a target as it was sent.
	plain := !madeByServer(got) && !strings.HasPrefix(got.Header.Get("Content-Type"), "multipart/")
	if plain && !(got.Source == probe.FromApp && strings.Contains(r.Target, "//")) && !bytes.Equal(got.Body, want.Body) {
		t.Errorf("%q: body %q, of nginx %q", r, got.Body, want.Body)
	}
}
