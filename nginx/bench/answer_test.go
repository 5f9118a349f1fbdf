package bench

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// answers are whole answers and broken ones; the end of a connection follows each.
var answers = []struct {
	name, wire string
	status     int
	body       int64
	last       bool // the connection cannot be used again
	err        string
}{
	{"length", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour", 200, 4, false, ""},
	{"no body", "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", 200, 0, false, ""},
	{"same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 200, 1, false, ""},
	{"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", 304, 0, false, ""},
	{"no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, 0, false, ""},
	{"no phrase", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", 200, 1, false, ""},
	{"closed after it", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 200, 1, true, ""},
	{"old", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, 1, true, ""},
	{"old and kept", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx", 200, 1, false, ""},
	{"until the end", "HTTP/1.1 200 OK\r\n\r\nabc", 200, 3, true, ""},
	{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", 200, 13, false, ""},
	{"chunks win", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, 1, false, ""},
	{"trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nETag: y\r\n\r\n", 200, 1, false, ""},
	{"interim answers", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, 1, false, ""},
	{"error", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 1\r\n\r\nx", 502, 1, false, ""},
	{"more than announced", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxyz", 0, 0, false, "more bytes"},
	{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy", 0, 0, false, "Content-Length"},
	{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0, 0, false, "Content-Length"},
	{"length beyond numbers", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", 0, 0, false, "Content-Length"},
	{"another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 0, 0, false, "Transfer-Encoding"},
	{"chunk of no size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 0, 0, false, "chunk size"},
	{"chunk too long", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", 0, 0, false, "after a chunk"},
	{"chunk beyond numbers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 0, 0, false, "chunk size"},
	{"another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 0, 0, false, "begins with"},
	{"switched protocols", "HTTP/1.1 101 Switching Protocols\r\n\r\nx", 0, 0, false, "switches"},
	{"status of letters", "HTTP/1.1 2x0 OK\r\n\r\n", 0, 0, false, "begins with"},
	{"old with chunks", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 0, false, "Transfer-Encoding"},
	{"bare line feed", "HTTP/1.0 200 OK\n\r\n\r\n", 0, 0, false, "carriage return"},
	{"head without end", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", maxHead), 0, 0, false, "longer than"},
	{"chunk line without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", maxHead), 0, 0, false, "longer than"},
}

// readIn gives an answer to the reader in parts of so many bytes.
func readIn(a *answer, wire string, size int) (done bool, err error) {
	for len(wire) > 0 && err == nil {
		n := min(size, len(wire))
		done, err = a.read([]byte(wire[:n]))
		wire = wire[n:]
	}
	return done || err == nil && a.part == partToEnd, err
}

func TestAnswersInPartsOfAnyLength(t *testing.T) {
	for _, c := range answers {
		for _, size := range []int{1, 2, 3, 7, 1 << 20} {
			var a answer
			done, err := readIn(&a, c.wire, size)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%s by %d: error %v, want %q", c.name, size, err, c.err)
				}
				continue
			}
			if !done || err != nil || a.status != c.status || a.body != c.body || a.last != c.last {
				t.Errorf("%s by %d: done %v, error %v, status %d, body %d, last %v", c.name, size, done, err, a.status, a.body, a.last)
			}
		}
	}
}

// Whatever bytes come, the parts in which they come change nothing; and what is
// taken for a whole answer here is one with as long a body for net/http.
func FuzzAnswer(f *testing.F) {
	for _, c := range answers {
		f.Add(c.wire, 3)
	}
	f.Fuzz(func(t *testing.T, wire string, size int) {
		var whole, parts answer
		done, err := readIn(&whole, wire, len(wire)+1)
		inParts, partsErr := readIn(&parts, wire, max(size, 1))
		if done != inParts || (err == nil) != (partsErr == nil) {
			t.Fatalf("at once %v %v, by %d %v %v", done, err, size, inParts, partsErr)
		}
		if !done || err != nil {
			return
		}
		if whole.status != parts.status || whole.body != parts.body || whole.last != parts.last {
			t.Fatalf("at once %+v, by %d %+v", whole, size, parts)
		}
		reader := bufio.NewReader(strings.NewReader(wire))
		for {
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				return // it is stricter about what does not concern the length
			}
			if response.StatusCode < 200 {
				continue
			}
			var body bytes.Buffer
			if _, err := io.Copy(&body, response.Body); err != nil {
				return
			}
			if response.StatusCode != whole.status || int64(body.Len()) != whole.body {
				t.Fatalf("net/http reads %d with %d bytes, we %d with %d", response.StatusCode, body.Len(), whole.status, whole.body)
			}
			return
		}
	})
}
