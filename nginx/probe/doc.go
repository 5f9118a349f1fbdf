// Package probe asks a gate what it really does, and compares.
//
// Its two nouns are the [Script], a text of requests with the answers they
// must get, and the [Report], what a comparison with a manifest found. Both are
// put to a [Target]: a live server of any kind, or a handler that [Serve] put on
// a port. A request is written to the connection byte by byte as it was given,
// because ready-made HTTP clients tidy up the very spellings that matter here:
// "//x", "/./x", "%2F", a second Host.
//
// # Scripts
//
// A script is text. Cases are paragraphs, separated by blank lines; a line that
// starts with "#" is a comment. The first line of a case is the request, the
// lines after it add to the request or state what the answer must be:
//
//	host shop.example.com
//
//	# A log-in cookie sends the visitor to the app.
//	GET /about
//	> Cookie: theme=dark; sessionid=1
//	status 200
//	source app
//
//	GET /about
//	status 200
//	source disk
//	type text/html; charset=utf-8
//	body contains <h1>About
//	again
//	> If-None-Match: {etag}
//	status 304
//	source disk
//
// A paragraph that is the one line "host NAME" sets the Host of the cases that follow.
//
// The request:
//
//	METHOD TARGET [HTTP/1.0]   sent as it stands, with HTTP/1.1 where no version is given
//	> NAME: VALUE              a header line, sent as it stands
//	> !Host                    leave out the Host line that is otherwise added
//	send TEXT                  a body, with its Content-Length
//	again                      the same request once more, with what follows added:
//	                           "> NAME: VALUE" lines and expectations of its own
//
// A TARGET holds whatever stands between the method and the version, spaces
// too. Where TARGET, VALUE or TEXT hold bytes that a text cannot show, they are
// written as a dollar sign and a quoted string of Go: $"/a\x00b". "{x*300}" stands for 300 times "x",
// "{etag}" and "{last-modified}" for those headers of the case's first answer.
//
// The answer; status and source must be stated:
//
//	status 200
//	source disk|app|none       who made the answer, see below; or stale, maintenance
//	type TEXT                  the whole Content-Type; "type -": there is none
//	header NAME: VALUE         a response header with exactly this value
//	no header NAME             a response header that must be missing
//	body is TEXT               the exact body; "body is -": an empty one
//	body contains TEXT
//	body sha256 HEX
//	body bytes N
//	touched N                  how many requests reached the app
//	saw METHOD TARGET          what the app got
//	hint TEXT                  a word for the reader of a failure
//
// The source is "disk" where the answer carries the gate's marker X-Icecap: disk
// (likewise "stale" and "maintenance"),
// "app" where the app was asked, "none" where the server answered by itself, as
// for a request that it cannot parse. Unless stated otherwise, "source app"
// means that the app was touched once and saw the very method and target that
// were sent, and any other source that it was not touched. A target without a
// counting [App] cannot tell app from none, and knows of no touches: those
// expectations are then met by any answer without the marker.
//
// # Manifest checks
//
// [Verify.Run] holds a gate to a manifest: every entry, or an even sample, must
// come from disk with its status, media type, length, hash and the declared
// headers, and the app must not notice. With a counting app it then sends what must never be
// answered from disk, the negative set, and expects each request at the
// app exactly once, with its method and target untouched. [Drift.Run] asks the
// app for the same pages again and compares. [TooOld] compares times. A
// difference is data, never an error; an error means that the comparison
// itself could not be made.
package probe
