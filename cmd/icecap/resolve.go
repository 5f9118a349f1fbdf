package main

import (
	"slices"
	"strings"

	"icecap/content"
	"icecap/freeze"
	"icecap/freeze/outside"
)

// A target is a URL of the site, spelled as manifests spell it.
type target struct {
	url string      // "/about?page=2"; "" for what is no page of the site
	key content.Key // zero where the path has no file name
}

// targetOf spells an escaped path and a query.
func targetOf(escaped, query string) target {
	if escaped == "" {
		escaped = "/"
	}
	path, err := content.ParsePath(escaped)
	if err != nil {
		return target{url: content.SkipURL(escaped)} // the crawler leaves the query of such a path out
	}
	t := target{url: path.String(), key: content.Key{Path: path}}
	if query != "" {
		t.url, t.key.Variant = content.QueryURL(path, query), query
	}
	return t
}

// targetOfURL reads a URL as manifests spell it.
func targetOfURL(url string) target {
	path, query, _ := strings.Cut(url, "?")
	return targetOf(path, query)
}

// A spot is what a reference leads to: a URL of the site, and what a release
// knows of it, or one of another site.
type spot struct {
	target
	place
	outside string // in the spelling of [outside.Normal]; "" for a URL of the site
}

// A resolver finds what a reference in a page leads to, by the crawler's rules:
// links to the public address and to the app's own are the site's. It belongs
// to one goroutine.
type resolver struct {
	site      *content.Site
	addresses freeze.Addresses
	known     map[string]*spot // nil for what is no page of the site
}

// maxResolved bounds the memory of references that were resolved before; most
// are in every page of a site.
const maxResolved = 1 << 15

// newResolver takes the addresses of the site, the public one first. Empty ones
// are ignored.
func newResolver(site *content.Site, addresses ...string) *resolver {
	return &resolver{site: site, addresses: freeze.NewAddresses(addresses...), known: map[string]*spot{}}
}

// clone is the same resolver for another goroutine.
func (r *resolver) clone() *resolver {
	return &resolver{site: r.site, addresses: r.addresses, known: map[string]*spot{}}
}

// resolve finds what a reference without its fragment leads to, nil if that is
// no page of the web. The page is the URL in which it stands, base the value
// of its base element or "".
func (r *resolver) resolve(page, base, raw string) *spot {
	key := raw
	if raw == "" || raw[0] != '/' || base != "" {
		folder := page[:strings.LastIndexByte(page, '/')+1]
		if raw == "" || raw[0] == '?' {
			folder = page
		}
		key = folder + "\x00" + base + "\x00" + raw
	}
	if s, ok := r.known[key]; ok {
		return s
	}
	s := r.parse(page, base, raw)
	if len(r.known) >= maxResolved {
		clear(r.known)
	}
	r.known[key] = s
	return s
}

func (r *resolver) parse(page, base, raw string) *spot {
	to, odd := r.addresses.Resolve(page, base, raw)
	switch {
	case odd != "":
		return r.spot(target{url: content.SkipURL(odd)})
	case to == nil:
		return nil
	case r.addresses.Ours(to):
		return r.spot(targetOf(to.EscapedPath(), to.RawQuery))
	}
	if elsewhere := outside.Normal(to); elsewhere != "" {
		return &spot{outside: elsewhere}
	}
	return nil
}

func (r *resolver) spot(t target) *spot { return &spot{target: t, place: find(r.site, t)} }

// A place is where a target is found in a release; at most one field is set.
type place struct {
	entry    *content.Entry
	redirect *content.Redirect
	skip     *content.Skip
}

// find looks a target up in the sorted lists of a site.
func find(site *content.Site, t target) place {
	if !t.key.Path.IsZero() {
		if i, ok := slices.BinarySearchFunc(site.Entries, t.key, func(e content.Entry, key content.Key) int { return e.Key.Compare(key) }); ok {
			return place{entry: &site.Entries[i]}
		}
	}
	if !t.key.Path.IsZero() && t.key.Variant == "" {
		if i, ok := slices.BinarySearchFunc(site.Redirects, t.key.Path, func(r content.Redirect, p content.Path) int {
			return strings.Compare(r.From.Decoded(), p.Decoded())
		}); ok {
			return place{redirect: &site.Redirects[i]}
		}
	}
	if i, ok := slices.BinarySearchFunc(site.Skips, t.url, func(s content.Skip, url string) int { return strings.Compare(s.URL, url) }); ok {
		return place{skip: &site.Skips[i]}
	}
	return place{}
}
