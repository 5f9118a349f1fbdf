package outside

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Checker asks. Its fields are not changed during a Run.
type Checker struct {
	UserAgent string        // empty means "icecap"
	Hosts     int           // asked at the same time; 0 means 8
	Pause     time.Duration // between two requests to one host; 0 means a second
	Timeout   time.Duration // for one request; 0 means 20 s
	Budget    time.Duration // for the whole run; what is left then is unknown; 0 means 15 minutes
	MaxAge    time.Duration // of a good answer in Known; 0 means that all are asked anew
	Private   bool          // also ask private addresses
	Known     *Cache        // of earlier runs; new answers are added; nil means none

	asked, total atomic.Int64
}

const (
	defaultHosts   = 8
	defaultPause   = time.Second
	defaultTimeout = 20 * time.Second
	defaultBudget  = 15 * time.Minute
)

// A Link leads to another site.
type Link struct {
	URL       string   // absolute, http or https, without a fragment; see [Normal]
	Fragments []string // that pages link to, as they stand there
}

// A State says what became of a link.
type State string

const (
	OK      State = "ok"
	Broken  State = "broken"
	Unknown State = "unknown"
)

// An Answer is what one URL came to.
type Answer struct {
	URL    string    `json:"url"`
	State  State     `json:"state"`
	Status int       `json:"status,omitempty"` // the last one; 0 for no answer
	Detail string    `json:"detail,omitempty"` // what was seen, in one line
	Final  string    `json:"final,omitempty"`  // where redirects led; empty where there were none
	Moved  string    `json:"moved,omitempty"`  // its new address, by permanent redirects
	Asked  time.Time `json:"asked,omitzero"`   // in whole seconds; zero if it was not asked
	Until  time.Time `json:"until,omitzero"`   // before which the site wants no request

	// Fragments says of those that were looked for whether the page may have them.
	Fragments map[string]bool `json:"fragments,omitempty"`
	Cached    bool            `json:"-"` // it is of an earlier run
}

// Normal is the spelling in which a URL is asked for: lower-case scheme and host, a
// path, and no fragment. Of what is no http or https address it is "".
func Normal(u *url.URL) string {
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" || u.Hostname() == "" || u.Opaque != "" {
		return ""
	}
	n := url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, ForceQuery: u.ForceQuery}
	if n.Path == "" {
		n.Path = "/"
	}
	user := ""
	if u.User != nil {
		user = u.User.String() + "@"
	}
	return scheme + "://" + user + strings.ToLower(u.Host) + n.RequestURI() // String would escape letters of the host
}

// Progress is how many links have an answer, and how many there are.
func (c *Checker) Progress() (answered, all int64) { return c.asked.Load(), c.total.Load() }

// Run gives one answer for each different URL, sorted by URL. If the context ends,
// the error is its own, and the answers are those that were there.
func (c *Checker) Run(ctx context.Context, links []Link) ([]Answer, error) {
	merged := merge(links)
	c.total.Store(int64(len(merged)))
	c.asked.Store(0)
	within, cancel := context.WithTimeout(ctx, cmp.Or(c.Budget, defaultBudget))
	defer cancel()
	r := newRun(c)
	defer r.transport.CloseIdleConnections()
	answers := make([]Answer, len(merged))
	byHost := map[string][]int{}
	for i, l := range merged {
		if known, ok := c.Known.fresh(l, c.MaxAge, time.Now()); ok {
			answers[i] = known
			c.asked.Add(1)
			continue
		}
		u, _ := url.Parse(l.URL)
		if u == nil {
			u = &url.URL{}
		}
		byHost[u.Hostname()] = append(byHost[u.Hostname()], i)
	}
	jobs := make(chan []int)
	var workers sync.WaitGroup
	for range min(cmp.Or(c.Hosts, defaultHosts), len(byHost)) {
		workers.Go(func() {
			for job := range jobs {
				for _, i := range job {
					answers[i] = r.answer(within, merged[i])
					c.asked.Add(1)
				}
			}
		})
	}
	for _, host := range slices.Sorted(maps.Keys(byHost)) {
		jobs <- byHost[host]
	}
	close(jobs)
	workers.Wait()
	doubt(answers, len(byHost))
	for _, a := range answers {
		c.Known.add(a)
	}
	return answers, ctx.Err()
}

// fewHosts is how many may all be dead at once, without a doubt.
const fewHosts = 2

// doubt believes no failure if of many hosts not one gave an answer: then it is this
// machine that is not connected, whatever its name server says.
func doubt(answers []Answer, hosts int) {
	if hosts <= fewHosts || slices.ContainsFunc(answers, func(a Answer) bool { return !a.Cached && a.Status != 0 }) {
		return
	}
	for i := range answers {
		if a := &answers[i]; !a.Cached && a.State == Broken && a.URL != "" {
			a.State, a.Asked = Unknown, time.Time{}
			a.Detail += "; but no site at all gave an answer: is this machine online?"
		}
	}
}

// merge makes one link of those with the same URL.
func merge(links []Link) []Link {
	fragments := map[string][]string{}
	for _, l := range links {
		fragments[l.URL] = append(fragments[l.URL], l.Fragments...)
	}
	merged := make([]Link, 0, len(fragments))
	for _, u := range slices.Sorted(maps.Keys(fragments)) {
		list := fragments[u]
		slices.Sort(list)
		merged = append(merged, Link{u, slices.Compact(list)})
	}
	return merged
}

// A run is what the workers share.
type run struct {
	*Checker
	transport *http.Transport
	mu        sync.Mutex
	hosts     map[string]*host
}

func newRun(c *Checker) *run {
	return &run{Checker: c, transport: newTransport(c.Private), hosts: map[string]*host{}}
}

// host finds or makes the turns of a host.
func (r *run) host(name string) *host {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.hosts[name]
	if h == nil {
		h = &host{turn: make(chan struct{}, 1), pause: cmp.Or(r.Pause, defaultPause)}
		r.hosts[name] = h
	}
	return h
}
