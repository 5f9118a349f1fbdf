// Package content says what a site is, before it is on any disk.
//
// A source (a crawled app, a folder of Markdown) yields pages; pages make a
// site. This package holds the nouns that sources, releases and the NGINX gate
// share, as pure values: it reads no file, opens no connection, writes no log.
//
// # One URL, one file
//
// [ParsePath] and [Path.File] are the one rule that turns a URL into a file
// name; crawler, store, gate and export all use it. A page is stored at its
// decoded URL path, then "@", the query variant if any, and an extension that
// gives NGINX the media type:
//
//	/               @.html
//	/about          about@.html
//	/about/         about/@.html
//	/style.css      style.css@.css
//	/api/items      api/items@.json     (application/json)
//	/blog/?page=2   blog/@page=2.html   (variant "page=2")
//
// A copy that stands in for the app where it fails ([Entry.Fallback]) has a "!"
// behind the "@", which no variant holds: news@!.html. So have the pages of a
// status ([StatusKey]): @!404.html.
//
// The rule is injective: two pages never share a file, no page's file is
// another page's directory, and no file is reachable under a second URL.
//
// # Refusal is safe
//
// A path that cannot be stored exactly is refused by [ParsePath], never
// escaped or hashed. The page then stays with the app, which serves it as
// before, and the report says why. Refused are paths with
//
//   - a segment that decodes to something holding / \ % ? ; NUL or another
//     control byte, or an invisible or bidirectional format character;
//   - an empty, "." or ".." segment (a trailing slash is no empty segment);
//   - text that is not UTF-8 in NFC;
//   - a segment that starts with a dot, but for /.well-known/ and for folders of pages
//     below another one (/tags/.net/);
//   - a directory segment that has the form of a page file of ours;
//   - a segment that is too long for a file name once every suffix is added
//     (255 bytes), or more than 1024 bytes in all.
//
// # Media types
//
// NGINX derives the media type from the file's extension, so only the types
// of [MediaTypes] can be frozen. HTML, JSON and the XML family may stand under
// any URL; a style sheet, script, image or font only under a URL that ends in
// its own suffix, because the gate looks for it nowhere else.
package content
