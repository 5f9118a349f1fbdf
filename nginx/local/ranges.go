package local

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
)

// A span is a part of a file, from its first byte to the one after its last.
type span struct{ start, end int64 }

func (s span) contentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", s.start, s.end-1, size)
}

// A verdict is what becomes of a Range header.
type verdict int

const (
	whole         verdict = iota // none, malformed as a whole, or more bytes than the page has
	partial                      // 206
	unsatisfiable                // 416
)

// ranges reads the Range header as NGINX does (ngx_http_range_filter_module.c).
func (p page) ranges(header http.Header) ([]span, verdict) {
	value := header.Get("Range")
	if len(value) < len("bytes=0") || !strings.EqualFold(value[:len("bytes=")], "bytes=") {
		return nil, whole
	}
	if condition, ok := header["If-Range"]; ok && !p.isUnchanged(condition[0]) {
		return nil, whole
	}
	var spans []span
	var total int64
	for part := range strings.SplitSeq(value[len("bytes="):], ",") {
		s, ok := parseSpan(part, p.size)
		if !ok {
			return nil, unsatisfiable
		}
		if s.start < s.end {
			spans = append(spans, s)
			total += s.end - s.start
		} else if s.start == 0 {
			return nil, whole // nothing of an empty page, or its last 0 bytes
		}
	}
	switch {
	case len(spans) == 0:
		return nil, unsatisfiable
	case total > p.size: // overlapping ranges would make an answer of any length
		return nil, whole
	}
	return spans, partial
}

// isUnchanged is the condition of If-Range: a strong tag or an exact time.
func (p page) isUnchanged(condition string) bool {
	if strings.HasSuffix(condition, `"`) {
		return condition == p.etag()
	}
	t, err := http.ParseTime(condition)
	return err == nil && t.Equal(p.time)
}

// parseSpan reads one of "5-9", "5-" and "-5". The span may be empty.
func parseSpan(text string, size int64) (span, bool) {
	first, last, found := strings.Cut(text, "-")
	first, last = strings.Trim(first, " "), strings.Trim(last, " ")
	start, startOK := parseOffset(first)
	end, endOK := parseOffset(last)
	switch {
	case !found, first == "" && !endOK, first != "" && !startOK, last != "" && !endOK:
		return span{}, false
	case first == "": // the last bytes
		return span{max(0, size-end), size}, true
	case last == "":
		return span{start, size}, true
	case end >= size:
		return span{start, size}, true
	}
	return span{start, end + 1}, true
}

// parseOffset takes digits alone.
func parseOffset(text string) (int64, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// servePart answers with one range, or with several as multipart/byteranges.
func (p page) servePart(w http.ResponseWriter, r *http.Request, spans []span) {
	h := w.Header()
	if len(spans) == 1 {
		h.Set("Content-Type", p.contentType())
		h.Set("Content-Range", spans[0].contentRange(p.size))
		h.Set("Content-Length", strconv.FormatInt(spans[0].end-spans[0].start, 10))
		w.WriteHeader(http.StatusPartialContent)
		if r.Method == http.MethodGet {
			p.copy(w, spans[0])
		}
		return
	}
	boundary := fmt.Sprintf("%020d", rand.Int64())
	heads := make([]string, len(spans))
	tail := "\r\n--" + boundary + "--\r\n"
	length := int64(len(tail))
	for i, s := range spans {
		heads[i] = "\r\n--" + boundary + "\r\nContent-Type: " + p.contentType() + "\r\nContent-Range: " + s.contentRange(p.size) + "\r\n\r\n"
		length += int64(len(heads[i])) + s.end - s.start
	}
	h.Set("Content-Type", "multipart/byteranges; boundary="+boundary)
	h.Set("Content-Length", strconv.FormatInt(length, 10))
	w.WriteHeader(http.StatusPartialContent)
	if r.Method != http.MethodGet {
		return
	}
	for i, s := range spans {
		if _, err := io.WriteString(w, heads[i]); err != nil {
			return
		}
		if !p.copy(w, s) {
			return
		}
	}
	io.WriteString(w, tail)
}

// copy writes a part of the file. A visitor who went away is no error.
func (p page) copy(w io.Writer, s span) bool {
	if _, err := p.file.Seek(s.start, io.SeekStart); err != nil {
		return false
	}
	// io.CopyN keeps the way open for sendfile.
	_, err := io.CopyN(w, p.file, s.end-s.start)
	return err == nil
}
