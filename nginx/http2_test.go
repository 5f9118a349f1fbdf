package nginx

import (
	"io"
	"net"
	"net/http"
	"testing"
)

// Over HTTP/2 the value of a header may begin with a blank, or be one. It counts as
// any other value, though blanks are what stands between the parts of a map's key.
func TestBlankValues(t *testing.T) {
	root := t.TempDir()
	release(t, root, "1", sitePages)
	a := newApp(t)
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := port.Addr().String()
	port.Close()
	http2 := Config{Server: Block{line("listen", address, "http2")}}
	start(t, Instance{Config: config(t, shop(root, a.Listener.Addr().String())), Extra: http2})
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
	defer client.CloseIdleConnections()
	for value, want := range map[string]string{"": "disk", " ": "", " /": "", " /about": "", "/": "", " /a /b": "", "  ": ""} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+address+"/about", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "shop.example.com"
		req.Header["X-Pjax"] = []string{value}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.ProtoMajor != 2 || res.Header.Get(Marker) != want {
			t.Errorf("X-PJAX: %q: %s, from %q, want %q", value, res.Proto, res.Header.Get(Marker), want)
		}
	}
	if n := len(a.take()); n != 6 {
		t.Errorf("the app was asked %d times", n)
	}
}
