package hot

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"icecap/content"
	"icecap/nginx"
)

// A Counter counts lines. It is for one goroutine at a time; counters of parts
// of a log are joined by [Counter.Merge].
type Counter struct {
	Format  Format          // how lines read; must not change after the first
	Queries content.Queries // which queries name a page, as the gate knows them

	lines, damaged, empty int64
	toldUpstream          bool // a line had $upstream_response_time, whose format may not say so
	people, programs      Sum
	byProgram             map[string]*Sum
	bySource              [len(sources)]Sum
	byReason              [len(reasonLetters)]Sum
	hours                 map[int64]*Sum
	frozen, app           *hdrhistogram.Histogram // of $request_time, microseconds
	agents                map[string]string
	paths                 table
	clock                 clock
	line                  line
}

const (
	maxLine    = 64 << 10
	maxHours   = 24 * 366 * 2 // more is no log
	maxTime    = int64(time.Hour / time.Microsecond)
	maxKeyShow = 200 // bytes of a path that the gate does not take
)

// reasonLetters are those of $SITE_why; see the package comment of nginx.
const reasonLetters = "hmacprq"

// reasonNames say them in words.
var reasonNames = [len(reasonLetters)]string{"another host", "method", "authorization", "cookie", "part of a page", "spelling", "query"}

func (c *Counter) init() {
	if c.agents != nil {
		return
	}
	c.agents, c.byProgram, c.hours = map[string]string{}, map[string]*Sum{}, map[int64]*Sum{}
	c.frozen, c.app = hdrhistogram.New(1, maxTime, 2), hdrhistogram.New(1, maxTime, 2)
	c.paths = newTable(MaxPaths)
}

// Add counts whole lines. It keeps nothing of text.
func (c *Counter) Add(text []byte) {
	c.init()
	for len(text) > 0 {
		raw := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			raw, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		if len(raw) > 0 && raw[len(raw)-1] == '\r' {
			raw = raw[:len(raw)-1]
		}
		if len(raw) == 0 {
			continue
		}
		c.lines++
		if len(raw) > maxLine || !c.Format.split(raw, &c.line) || !c.count(&c.line) {
			c.damaged++
		}
	}
}

// An answer is what a line says.
type answer struct {
	method, uri []byte
	status      int64
	bytes       int64
	took        int64  // for the visitor, microseconds
	time        int64  // in the app, microseconds
	source      int    // index of sources
	why         []byte // nil where the format does not tell
}

// count adds one line, unless it makes no sense.
func (c *Counter) count(l *line) (ok bool) {
	a, ok := c.answer(l)
	if !ok {
		return false
	}
	if a.uri == nil {
		c.empty++
		return true
	}
	sum := Sum{Requests: 1, Bytes: a.bytes, AppMicros: a.time}
	if a.source <= fromStale {
		sum.Reached = 1
	}
	if a.status >= 500 {
		sum.Failed = 1
	}
	if hour, ok := c.clock.hourOf(l); ok {
		addTo(c.hours, hour, sum, maxHours, -1)
	}
	c.bySource[a.source].add(sum)
	if name := c.program(l); name != "" {
		c.programs.add(sum)
		addTo(c.byProgram, name, sum, maxPrograms, "(others)")
		return true
	}
	c.people.add(sum)
	c.countPath(&a, sum)
	if l.value[requestTime] != nil {
		times := c.app
		if sum.Reached == 0 {
			times = c.frozen
		}
		times.RecordValue(min(a.took, maxTime)) // never out of range
	}
	return true
}

// addTo counts under a key, or under another one when there are too many.
func addTo[K comparable](sums map[K]*Sum, key K, sum Sum, limit int, other K) {
	one := sums[key]
	if one == nil {
		if len(sums) >= limit {
			key = other
		}
		if one = sums[key]; one == nil {
			one = &Sum{}
			sums[key] = one
		}
	}
	one.add(sum)
}

// sources are where answers come from, as the mark of the gate says. The first
// two asked the app. The gate marks a redirect of its own as from disk.
var sources = [...]string{"app", nginx.MarkStale, nginx.MarkDisk, nginx.MarkMaintenance, "redirect"}

const (
	fromApp      = 0 // no mark
	fromStale    = 1 // the app failed, and a kept page was shown
	fromDisk     = 2
	fromRedirect = 4
)

// answer reads the values of a line. Numbers that are none make it damaged; "-"
// is what NGINX writes for an empty value.
func (c *Counter) answer(l *line) (a answer, ok bool) {
	if a.status, ok = number(l.value[status]); !ok && (l.value[status] != nil || c.Format.has[status]) {
		return a, false
	}
	var wellFormed [3]bool
	a.bytes, wellFormed[0] = orNone(l.value[size], number)
	a.took, wellFormed[1] = orNone(l.value[requestTime], seconds)
	a.time, wellFormed[2] = orNone(l.value[upstreamTime], allSeconds)
	if wellFormed != [3]bool{true, true, true} {
		return a, false
	}
	c.toldUpstream = c.toldUpstream || l.value[upstreamTime] != nil
	a.source = max(slices.Index(sources[:fromRedirect], string(l.value[source])), fromApp)
	if a.source == fromDisk && 300 < a.status && a.status < 400 && a.status != 304 {
		a.source = fromRedirect
	}
	if a.why = l.value[why]; string(a.why) == "-" {
		a.why = a.why[:0]
	}
	if !c.hasUpstream(l) && a.source == fromApp {
		a.time = a.took
	}
	a.method, a.uri = l.value[method], l.value[uri]
	if l.value[request] != nil {
		a.method, a.uri, ok = requestLine(l.value[request])
		if !ok {
			a.uri = nil
		}
	} else if len(a.uri) == 0 {
		a.uri = nil
	}
	return a, true
}

// orNone reads a value that may be missing.
func orNone(raw []byte, read func([]byte) (int64, bool)) (int64, bool) {
	if len(raw) == 0 || string(raw) == "-" {
		return 0, true
	}
	return read(raw)
}

// hasUpstream reports whether the line tells the time in the app.
func (c *Counter) hasUpstream(l *line) bool {
	return c.Format.has[upstreamTime] || l.value[upstreamTime] != nil
}

// countPath adds a request of a person to its path, and to the reasons that
// keep the gate from looking for it.
func (c *Counter) countPath(a *answer, sum Sum) {
	one := c.paths.byURI[string(a.uri)]
	if one == nil {
		one = c.fold(string(a.uri))
		c.paths.remember(a.uri, one)
	}
	one.requests++
	one.reached += sum.Reached
	one.bytes += sum.Bytes
	one.time += a.time
	one.failed += sum.Failed
	one.slowest = max(one.slowest, a.time)
	letters := string(a.why)
	if a.why == nil {
		letters = c.reasons(a, one)
	}
	for i := range len(letters) {
		if at := strings.IndexByte(reasonLetters, letters[i]); at >= 0 {
			c.byReason[at].add(sum)
		}
	}
	frozen := a.status == 200 || a.status == 206 || a.status == 304
	if letters == "" && frozen && sum.Reached > 0 && !one.path.IsZero() {
		one.taken++
		one.saved += a.time
	}
}

// reasons are the letters that the gate would give, as far as a request line tells.
func (c *Counter) reasons(a *answer, one *tally) string {
	letters := ""
	if m := string(a.method); m != "GET" && m != "HEAD" && m != "" {
		letters += "m"
	}
	if one.path.IsZero() {
		if strings.HasSuffix(one.key, anyQuery) {
			return letters + "q"
		}
		return letters + "r"
	}
	return letters
}

// anyQuery stands for the queries that the gate leaves to the app.
const anyQuery = "?*"

// fold finds the tally of a raw URI, as the gate would choose the page.
func (c *Counter) fold(uri string) *tally {
	raw, query, _ := strings.Cut(uri, "?")
	path, err := content.ParsePath(raw)
	if err != nil {
		if len(raw) > maxKeyShow {
			raw = raw[:maxKeyShow] + "..."
		}
		return c.paths.get(strings.Clone(raw))
	}
	key := path.String()
	variant, ok := c.Queries.Variant(path, query)
	if media, isFile := path.Promises(); !ok && isFile && media.IsAsset() && content.CacheBuster(query) {
		ok = true
	}
	switch {
	case !ok:
		return c.paths.get(key + anyQuery)
	case variant != "":
		key += "?" + variant
	}
	one := c.paths.get(key)
	one.path, one.variant = path, variant
	return one
}

// Merge adds what another counter of the same format counted, which is not to be
// used afterwards.
func (c *Counter) Merge(other *Counter) {
	c.init()
	other.init()
	c.lines += other.lines
	c.damaged += other.damaged
	c.empty += other.empty
	c.toldUpstream = c.toldUpstream || other.toldUpstream
	c.people.add(other.people)
	c.programs.add(other.programs)
	for i := range c.byReason {
		c.byReason[i].add(other.byReason[i])
	}
	for name, sum := range other.byProgram {
		addTo(c.byProgram, name, *sum, maxPrograms, "(others)")
	}
	for i := range c.bySource {
		c.bySource[i].add(other.bySource[i])
	}
	for hour, sum := range other.hours {
		addTo(c.hours, hour, *sum, maxHours, -1)
	}
	c.frozen.Merge(other.frozen)
	c.app.Merge(other.app)
	c.paths.merge(&other.paths)
}
