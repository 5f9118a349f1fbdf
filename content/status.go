package content

import (
	"fmt"
	"strconv"
)

// StatusCodes are the statuses whose page can be frozen: 404 and 410 for the URLs
// that [GateMap] lists as gone.
func StatusCodes() []int { return []int{404, 410} }

// Gone reports whether the gate answers r with the page of a status, rather than
// with another URL.
func (r Redirect) Gone() bool { return r.Code == 404 || r.Code == 410 }

// StatusKey is the key of the page that answers for what is gone. It is frozen
// once for all such URLs, as a fallback page ([Entry.Fallback]), so that no URL
// leads to it with the status 200: the gate takes no query for a variant without
// a "=".
func StatusKey(code int) Key {
	if code != 404 && code != 410 {
		panic(fmt.Sprintf("no page is frozen for the status %d", code))
	}
	return Key{Path: Path{"/"}, Variant: strconv.Itoa(code)}
}

// Status is the status that a page is answered with: 200, but for those of [StatusKey].
func (e Entry) Status() int {
	for _, code := range StatusCodes() {
		if e.Fallback && e.Key == StatusKey(code) {
			return code
		}
	}
	return 200
}
