// Package nginx builds the gate: the NGINX configuration that answers frozen
// pages from disk and lets every other request through to the app.
//
// The two nouns are [Server], what the operator says about a site, and
// [Config], the directives that follow from it. A Config is a tree of
// [Directive]; one function prints it, [Parse] reads it back, [Lint] judges
// it, [Audit] any other, [Test] lets the installed NGINX judge it, and [Start]
// runs it in a private NGINX on the loopback. [Host] is a whole configuration for
// a machine without one; nginx/install puts a gate into one that is there.
//
// # What the gate promises
//
// The configuration is the same for every crawl. The one crawled input is the
// file gate.map of the current release ([content.GateMap]), which maps include:
// it is written from a strict alphabet, bounded, and read when NGINX starts or
// reloads. A request is answered from disk only if all of this holds, else it goes
// to the app, once, with its raw URI:
//
//   - the method is GET or HEAD;
//   - the host is one of the site's own;
//   - the query is empty, or of ignored parameters only, or declared as a whole
//     ([Server.Queries]), or listed in gate.map for this very URL; or it is a
//     cache-buster ([content.CacheBuster]) and the file is a style sheet, script,
//     image or font that its URL's ending promises;
//   - there is no Authorization header, and no cookie of a session, a log-in
//     or a cart ([Server.Cookies]);
//   - it asks for a whole page: no Upgrade, and none of the headers that
//     scripts send for a part of one ([PartialHeaders]);
//   - the path is spelled as NGINX itself would spell it: no "//", "/./",
//     "/../", "%2F", "%2E", "%5C" or "#" (NGINX would normalise these, the
//     app might not);
//   - the file that [content.Path.File] names is in the current release and
//     can be read by NGINX's worker.
//
// What NGINX can send compressed lies compressed beside the page
// ([Server.Compression]); it is sent to whom accepts it, under an ETag of its own.
// Every page says Vary: Accept-Encoding then, compressed or not.
//
// A redirect or a gone URL that gate.map lists is answered with its own status, if the request
// is for a frozen page in all these respects, has no query at all and spells the
// path in the same letter case. Without an app the query does not matter.
//
// The letters in the variable $SITE_why say which rule sent a request to the
// app: h host, m method, a authorization, c cookie, p part of a page, r raw
// spelling, q query. It is empty where the page was looked for on disk.
//
// All else goes through one door: where there is a folder "maintenance" in the output
// folder, the app is being worked on and not asked; a page with status 503 and
// Retry-After answers, marked "X-Icecap: maintenance". NGINX looks anew at each
// request, so that no reload is needed.
//
// With [Server.Fallback] a release holds copies that stand in for the app. For a URL
// that has one, the app's answers 500, 502, 503 and 504, NGINX's own among them,
// become the copy, with "X-Icecap: stale" and "no-store"; so does a closed door.
// Copies are for whom a frozen page would be for; a listed query has its own, an
// ignored one that of the page, all others none. Any other URL keeps the app's error.
// With FastCGI only what the front controller answers has copies.
//
// An answer from disk carries "X-Icecap: disk", a Cache-Control and the operator's own
// headers ([Server.HeadersFor]); an X-Icecap of the app is hidden, so the mark can be
// believed, and so is what an app says to the freezer ([HiddenHeaders]).
//
// The app ([App]) is one address or several, over HTTP, HTTPS, uwsgi, SCGI or
// FastCGI. It sees the client's address, host and scheme as it would without the
// gate, in X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto and X-Real-IP, or
// in the variables of the CGI family, and the raw URI. Web sockets pass, and an
// answer with X-Accel-Buffering: no is passed on as it comes. An HTTPS app must
// have a certificate of the name that it is asked for. A FastCGI app has a front
// controller that gets everything but PHP scripts and listed static files that are
// in its folder. The app may also be a location that the operator's server block
// has already ([Location]); copies stand in for it if the gate is told what is in it
// ([App.Own]).
//
// Without an app ([NoApp]) only host and spelling are asked, a query that is not
// declared or listed is ignored, and what is not frozen is answered with the page frozen at
// /404.html and the status 404. A method other than GET and HEAD is refused by
// NGINX with 405 (without a page at /404.html, with 404 where nothing is frozen).
//
// # What is never emitted
//
// No if, alias or rewrite, no location by regular expression, and no capture of
// one in a string (an expression may refer back to its own group): each has a
// record of surprises or of vulnerabilities (CVE-2026-42533, CVE-2026-42945). No
// value of the request in a file path but $uri, which NGINX has decoded and
// normalised, and none in a response header. No open_file_cache that trusts what it
// knows, for it would mix two releases: files stay open, but NGINX looks at the path
// before each use ([CheckedFiles]), unless the release is named by a file that a reload
// reads ([Server.OpenFiles]).
//
// # Operator values
//
// Names, addresses, folders, cookies and headers must match an allow-list, or
// [Server.Config] returns a [*FieldError] and emits nothing. Nothing is
// escaped to make it fit: five years of injection bugs in other generators
// came from cleaning values instead of refusing them.
package nginx
