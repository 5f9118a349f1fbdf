// Package outside asks other sites whether links to them still lead somewhere.
//
// A [Checker] takes the links of a site that lead out of it, and gives an [Answer]
// for each. What it was told before, and is still fresh, it takes from a [Cache],
// so that a second check asks nobody. This package touches no file.
//
// # What an answer says
//
//	ok       a 2xx, also after redirects
//	broken   404, 410 and any other 4xx that no later line names; 5xx; a name that
//	         does not exist; a refused connection; no answer in time, to GET either;
//	         a certificate that browsers do not accept, with what is wrong with it;
//	         more than 10 redirects, or redirects in a circle
//	unknown  401, 402, 403, 405, 406, 407, 451 and 999, with which sites turn away
//	         robots and strangers; 408, 425, 429 and 503, which pass; a network or
//	         name server that cannot be reached from here; a private address; a
//	         redirect to what is no web address; what was not asked because the
//	         time was over
//
// Unknown is never broken: people may well see the page. Where of more than two hosts
// not one gives any answer, nothing is broken, and nothing is remembered: this machine
// may have no way out.
//
// Redirects are followed, with the cookies that they set and no others. Where the
// first of them are permanent (301, 308), [Answer.Moved] is the address to which
// they lead. A fragment is looked for in HTML and SVG of at most 1 MiB; one that
// is not there may still be made by a script of the page, so it is told and breaks
// nothing.
//
// # Manners
//
// Each address is asked once, as by a visitor who follows the link: this is no
// crawl, and /robots.txt is not read. The request is a HEAD; where that is
// refused or fails, a GET, of whose body no more than 16 KiB are read. A link with
// a fragment is a GET at once.
//
// A host gets one request at a time, and [Checker.Pause] after each, whichever link
// or redirect leads to it; one on a loopback address is the operator's own and needs
// no pause. 429, and 503 with Retry-After, are waited for up to ten seconds. A host
// that wants more is not asked again in this run, nor in a later one before that
// time: all its links are unknown. Nor is one asked for each of its links that does
// not exist, refuses connections or has no valid certificate.
//
// # Where requests may go
//
// The links are other people's text, so a request never goes to a private address:
// loopback, link-local (169.254.169.254, where clouds keep their secrets, is one),
// RFC 1918, unique local, shared, multicast and reserved ones, also as IPv6 that
// stands for IPv4. What counts is the address that is dialled, after every look-up
// and redirect, so that no name server can lead anywhere else.
// [Checker.Private] lifts that. No proxy is used, because it would dial by itself.
// Links that hold a user name are not asked.
//
// # How long an answer is fresh
//
// A good one for [Checker.MaxAge], a broken link for a day, an unknown one for an
// hour, but neither for longer than that. An answer that does not speak of a
// fragment which is asked for now is not fresh.
package outside
