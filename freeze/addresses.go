package freeze

import (
	"net/url"
	"strings"
)

// Addresses are the origins at which one site answers: the public one, and those
// of the app. Links to any of them are the site's own. The zero Addresses are no
// site's.
type Addresses struct {
	public origin
	others [2]origin // of the app; public where there is none
}

// NewAddresses takes addresses such as "https://shop.example.com", the public one
// first; what is none is passed over. Without any, only relative references can be
// told, as on http://localhost. At most three count.
func NewAddresses(addresses ...string) Addresses {
	var a Addresses
	n := 0
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || n > len(a.others) {
			continue
		}
		if n == 0 {
			a.public = originOf(u)
			a.others = [...]origin{a.public, a.public}
		} else {
			a.others[n-1] = originOf(u)
		}
		n++
	}
	if n == 0 {
		return NewAddresses("http://localhost")
	}
	return a
}

// Public is the public address, "https://shop.example.com".
func (a Addresses) Public() string { return a.public.String() }

// Ours reports whether an absolute URL is of the site.
func (a Addresses) Ours(u *url.URL) bool {
	if u.User != nil || u.Opaque != "" {
		return false
	}
	o := originOf(u)
	return o == a.public || o == a.others[0] || o == a.others[1]
}

// Resolve finds what a reference without its fragment leads to, as browsers do
// (RFC 3986, section 5). The page is the path and query in which it stands, base
// the value of its base element or "". The result may be a URL of another site,
// see [Addresses.Ours]. A reference that is no URL, but a path of this site, comes
// back as odd, without its query; of any other that is none both results are zero.
func (a Addresses) Resolve(page, base, raw string) (to *url.URL, odd string) {
	from, err := url.Parse(a.public.String() + page)
	if err != nil {
		return nil, ""
	}
	if base != "" {
		if own, err := from.Parse(base); err == nil {
			from = own
		}
	}
	ref, err := url.Parse(raw)
	if err == nil {
		return from.ResolveReference(ref), ""
	}
	if !strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, "//") || !a.Ours(from) {
		return nil, ""
	}
	odd, _, _ = strings.Cut(raw, "?")
	return nil, odd
}
