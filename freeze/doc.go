// Package freeze crawls a running web app and judges what of it may be frozen.
//
// The two nouns are [Crawler], which visits every page that a stranger can
// reach by links, and [Verdict], which says of one answer whether it is the same
// for every visitor. A crawler is a [content.Source]: pages and reasons go to a
// [content.Sink]; this package touches no file.
//
// # What is visited
//
// The crawl begins with the seeds and follows links of the same origin (scheme,
// host and port), breadth first, each URL once. They stand in
//
//   - HTML: href, src, srcset, imagesrcset, poster, data-src and other attributes
//     of scripts that load pictures late, <object>, style attributes and
//     elements, base, meta refresh, the pictures that og: and twitter: name,
//     absolute URLs in JSON-LD, import maps;
//   - SVG, alone or in HTML: href and xlink:href; CSS: url and @import;
//   - scripts, if a .js file or of type module: import and export from a path in
//     quotes, also import("./x.js");
//   - source maps, which //# sourceMappingURL names at the end of a script or
//     style sheet;
//   - feeds, sitemaps and their indexes, also .xml.gz, XSL, <?xml-stylesheet?>;
//   - web manifests: icons, screenshots, shortcuts, start_url;
//   - the Sitemap lines of /robots.txt, where it is a seed by default: they are
//     seeds too;
//   - the response header Link (RFC 8288).
//
// What stands in a <template> or holds {{ is no link, and neither is preconnect,
// dns-prefetch or a name space. Source maps, JSON-LD and attributes such as data-bg
// are hints: nobody hears of it if what they lead to alone is missing (404, 410).
//
// Fragments and an empty query do not count. A URL with another query is not
// fetched, unless [Crawler.Queries] declare or ignore it, or it is what a page
// needs to be shown. Redirects are not followed by the request; their target is a URL like
// any other. No cookie is ever sent, no form is submitted.
//
// The app may steer each answer by headers, which no gate passes on to visitors:
// "Icecap-Freeze: no" leaves it with the app (so does any value but yes), and
// "Icecap-Links: /a, /b" says what it leads to, as links would.
//
// Every page is asked for as a stranger would: Accept-Encoding: identity and, if
// [Crawler.Public] names another address than the app's own, with its Host and
// X-Forwarded-Proto, so that absolute links come out public. Links to either
// address count as the site's own then, and the app's own address in a page is a
// leak.
//
// Redirects, errors and what lies outside the scope have no links. A page that is not
// frozen for any other reason has: the way to many pages leads through a home
// page that greets its visitor.
//
// # What is frozen
//
// Exact bytes of complete answers, GET and 200 OK, that [Judge] lets pass. What
// it refuses stays with the app, as if icecap were not there. Refusing is the
// default and always safe. These are the reasons; "failed" marks those where
// the app failed rather than a rule spoke:
//
//	redirect       the app redirects; the detail is the target
//	redirect-loop  the redirects come back to a URL; the detail is the chain
//	status         a status other than 200 OK; failed if 5xx, 408 or 429
//	app            the app says so, with Icecap-Freeze
//	no-store       Cache-Control, Surrogate-Control or CDN-Cache-Control says so
//	private        one of them says so
//	no-cache       one of them, or Pragma, says so
//	vary           the page depends on more than Accept-Encoding
//	cookie         the answer sets a cookie; its name is in Skip.Cookies
//	draft          a header such as X-Statamic-Draft or X-Preview-Token
//	media          no media type, one that cannot be frozen, or one that the URL's ending denies
//	empty          an HTML page of 200 OK without content
//	charset        a text that is not UTF-8, or says so
//	debug          a framework's page for its developer
//	nonce          a nonce of a content security policy, worthless once it is known
//	csrf           a token against forged requests, in a form, a meta element, a link or an inline script; the detail is its line
//	session        a session id in a link
//	canary         the page repeats what a header of the second stranger's request said
//	differs        two strangers got different answers; the detail is the line
//	header         a header that is declared for the gate, with another value
//	leak           the app's own address, where the site has a public one
//	path           the URL has no file name; see content.ParsePath
//	query          the URL has a query that is no page's; of each path 20 are named and the rest counted
//	unstyled       a style sheet of this site that the page needs is not frozen; the detail is its URL
//	action         the URL ends in a word like logout or delete, or in one and a number; it is not visited
//	trap           one segment comes more than four times; it is not visited
//	robots         /robots.txt forbids it, where that counts; the detail is the line; it is not visited
//	too-large      the body exceeds the limit
//	encoding       a Content-Encoding that was not asked for; gzip is undone, also of a sitemap in .xml.gz, and failed if that fails
//	cut            failed: the body ended before its end
//	timeout        failed: no complete answer in time
//	connection     failed: no answer, or none that is HTTP; headers over 64 KiB are none
//	panic          failed: a bug of icecap
//
// # Manners
//
// Where the app answers on a loopback address it is the operator's own. Anywhere
// else its /robots.txt is read first and obeyed, in the groups of "icecap" or "*"
// (RFC 9309; [Crawler.Robots] may say otherwise). Of its first 500 KiB the
// longest pattern that fits decides; any 4xx means that there are no rules; no
// answer, 5xx or a redirect to another site end the crawl. Crawl-delay, up to a
// minute, spreads the requests.
//
// All connections go to the one address that the host had at the start, so no
// redirect, no link and no new answer of a name server leads the crawl into the
// network behind. Certificates are checked, for the host of [Crawler.URL].
//
// A page that answers 429 or 503 is asked for again, three times in all: after
// Retry-After (seconds or a date), for which all workers wait, else after one and
// two seconds. It fails where the app wants more than a minute, and where a crawl
// has waited ten minutes altogether. Fewer workers ask while the app turns
// requests away, or answers four times as slowly as it could; see governor.go.
//
// # Only what changed
//
// Of a page that the previous release has, the crawler remembers in
// [content.Page.Version] the ETag, the Last-Modified (if the answer was at least a
// second younger, RFC 9110, 8.8.2.2), and a fingerprint of what it was judged by:
// the version of icecap and of its rules, the public address, declared headers,
// declared pages and masks. Where all of that is the same, and the page came from
// the same source and host, the app is asked whether it has changed, with
// If-None-Match and If-Modified-Since. Everything else is asked for in full, so
// settings that changed judge every page anew; [Crawler.Full] does so always.
//
// After a 304 the kept bytes, whose hash is verified, are judged and read for links
// as if they had come with the headers of the 304; what it does not repeat of the
// headers Link and Icecap-Links is remembered in [content.Page.Links]. The second
// stranger is sent as ever and gets the whole page: it must be the kept one. A 304
// can keep a page and never refuse it. Where it names another version, or anybody
// objects, the page is asked for in full, and that answer is judged as usual.
//
// A sitemap's lastmod spares the request if it is, to the second, the very time
// that the page gave itself as Last-Modified: then it speaks of the page, and not
// of a record that the page is made from. Never spared are seeds, pages that the
// second stranger is sent to, and one in five of the others, which are drawn anew
// in each run, so that no page is spared for ever.
//
// If one page proves to have changed although a 304 or a lastmod said it had not
// (the layout changed, and the ETag is made of the record), no such word is
// believed any more in this run, and what was kept for one is asked for again:
// [Observed.Untrue]. This is why the sink hears of pages that stay
// ([content.Sink.Keep]) at the end only.
//
// A page that fails now (see the reasons) and did not by the same rules in the
// previous release keeps that copy, with the time of its first failure
// ([content.Stale]), for at most [Crawler.MaxStale]. Its links are followed, so
// what lies behind it stays, too.
//
// With [Crawler.Only] the run speaks for a list of pages. They are seeds; links to
// pages that the previous release has are not followed, others are. Where a run
// goes on that was interrupted, the pages that it had yielded
// ([content.Previous.Done]) are not asked for, and their links are read again; what
// it had left to the app is asked for once more.
//
// # What is gone, and copies
//
// The answer 404 or 410 to a URL that [Crawler.Gone] names is judged as if it were
// a page, always by two strangers. Of each status one page is frozen, the one that
// most of these URLs get, under [content.StatusKey]; each URL that got the very
// same bytes becomes a [content.Redirect] with that code. All others stay with the
// app, so that whatever the app writes into such a page for one URL is never shown
// at another. URLs that nothing leads to are never listed. A run for a part of
// the site lists none.
//
// Pages that [Crawler.Fallback] names are judged like all others, and frozen as
// copies for when the app fails ([content.Page.Fallback]).
//
// # Two strangers
//
// To a part of the pages that would be frozen a second stranger is sent, after
// the first and on connections of its own: a telephone of another country, with
// other languages, with odd headers that carry a random word
// (X-Forwarded-Host, X-Host, X-Original-URL, User-Agent). Both must get the same
// bytes. A page that repeats the word depends on what no cache looks at
// (James Kettle, Practical Web Cache Poisoning, 2018). [Crawler.Probe] says which
// pages: by default seeds, declared pages, forms that post a hidden value, and
// one in ten of the others, the same ones in each run. An app that turns the odd
// headers away (400, 403, 421) is asked once more without the first three. Where
// the second request fails, the page is not frozen. Rate and workers bound both strangers.
//
// Before the first page, a URL that cannot exist is asked for. Where that answers
// 200 OK with HTML, pages that are the same but for their own path are counted
// ([Observed.Soft404]); five of them that are a tenth of the HTML pages end the run
// with a [SoftError]: the app may be in maintenance.
//
// # Declared public
//
// Frameworks send every page as private or with a cookie. [Crawler.Declared]
// names pages that the operator knows to be the same for every stranger. There
// these rules do not hold, provided that two strangers get the same bytes:
// private and no-cache in Cache-Control and Pragma; cookie (which is never
// frozen; its name is in Page.Cookies); vary on Cookie, Authorization,
// Accept-Language, User-Agent, Accept and Origin; csrf and session. All other
// rules always hold. A token that two strangers share is no secret; one that is
// made for each request differs, so the page stays with the app, and
// [Observed.Layouts] names the line of the layout.
//
// [Crawler.Masks] hide noise from the comparison, such as the time that a page
// took. They hide at most 200 bytes in a place, nothing in a page with a token,
// and no text that names one.
//
// # Complete or nothing
//
// A crawl that ends without an error visited its whole scope. Globs, the depth
// and a path in [Crawler.URL] shape the scope; what lies outside is neither
// fetched nor reported, only counted. A limit (of pages, URLs like a pattern,
// bytes or time), a trap, and an app that stops answering (20 requests in a row
// without an answer, or with 429 or 503 each time) make the crawl incomplete, and
// nothing may be published from it. One failed page does not.
//
// A trap is a site without an end. What is taken for one, by pattern:
//
//   - a year and a month, in URLs that have every month of the next ten years, and
//     no number that is no month;
//   - 200 URLs of four and more segments that are those of two others in a third
//     order, as filters make them; URLs with numbers do not count;
//   - 500 URLs in which two different words come twice, as relative links make
//     them that were meant to be absolute;
//   - 100 URLs of more than 24 segments.
//
// Many pages, or numbers up to a million, are no trap. Under the path of a [Limit]
// nothing is, because there the operator says how many pages to expect.
//
// The same site gives the same pages and the same report, whichever worker was
// faster: skips come at the end, sorted, and of all pages that lead to a URL the
// one that is first in the order of strings is named.
//
// # Memory
//
// Each worker holds one body at a time, the second stranger's beside it, of a
// style sheet or feed a copy, for lexers that write to their input, and of a
// sitemap in .xml.gz the plain text, and of a page that stays the kept body. Of a
// URL a few hundred bytes are kept, of a page nothing.
package freeze
