package main

import (
	"cmp"

	"icecap/freeze"
)

// meanings say in a sentence why a page stays with the app, and what would let
// it be frozen. The crawler's own package comment decides; this is for people
// who meet the word in a report.
var meanings = map[string]string{
	freeze.Redirect:     "the app redirects to another address, and decides so anew for each visitor",
	freeze.RedirectLoop: "the redirects come back to where they began; visitors without a cookie never arrive",
	freeze.Status:       "the app answers with a status other than 200 OK",
	freeze.App:          "the app says so, with a header that is made for icecap",
	freeze.NoStore:      "the app says that no copy may be kept",
	freeze.Private:      "the app says that the page is for one visitor only",
	freeze.NoCache:      "the app wants to be asked each time before a copy is used",
	freeze.Vary:         "the page depends on more of the request than its address",
	freeze.Cookie:       "the answer sets a cookie, so it was made for one visitor",
	freeze.Draft:        "the answer is marked as a draft or a preview",
	freeze.Debug:        "this is a framework's page for its developer",
	freeze.Media:        "the media type cannot be frozen, or is not what the address promises",
	freeze.Empty:        "the app answers 200 OK with an empty page",
	freeze.Charset:      "the text is not UTF-8, which the gate would call it",
	freeze.Nonce:        "the page holds a nonce of its content security policy, which is worthless once it is known",
	freeze.CSRF:         "the page holds a token against forged requests, which belongs to one visitor",
	freeze.Canary:       "the page repeats what a header of the request says, so anybody can write into it",
	freeze.Differs:      "two strangers who asked one after the other got different answers",
	freeze.Session:      "a link in the page holds a session id",
	freeze.Header:       "the page sends another value of a header than the one declared for the gate",
	freeze.Leak:         "the page shows the app's own address instead of the public one",
	freeze.Path:         "the address has no safe file name",
	freeze.Query:        "the address has a query, and its pages are the app's",
	freeze.Unstyled:     "a style sheet that it needs is not frozen, so without the app it would be shown without",
	freeze.Action:       "a visit may do something, so it was not visited",
	freeze.RobotsTXT:    "/robots.txt forbids it, so it was not visited; for a site of your own: --robots ignore",
	freeze.Trap:         "the address repeats itself, as in a site without an end; it was not visited",
	freeze.TooLarge:     "the body is larger than max_body",
	freeze.Encoding:     "the body came compressed in a way that was not asked for",
	freeze.Cut:          "the connection ended before the body did",
	freeze.Timeout:      "the app did not answer in time",
	freeze.Connection:   "the app gave no answer that can be read",
	freeze.Panic:        "icecap failed while it read the page; please report it",
}

// meaning is the sentence for a reason, the reason itself where it is unknown:
// a manifest may have been written by another version.
func meaning(reason string) string { return cmp.Or(meanings[reason], reason) }

// gateRules are the letters in which the gate says why a request is not for
// the frozen pages; see the emitted configuration.
var gateRules = map[rune]string{
	'h': "the host is not the site's",
	'm': "the method is neither GET nor HEAD",
	'a': "the request carries Authorization",
	'c': "the request carries a cookie of the app",
	'p': "the request wants a part of a page",
	'r': "NGINX would tidy up this spelling, and the app might read it otherwise",
	'q': "the request has a query",
}
