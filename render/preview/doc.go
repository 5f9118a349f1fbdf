// Package preview shows a folder of Markdown in the browser while it is being
// written: exactly what a build would publish, and each change at once.
//
// # Never stale
//
// A page is made when it is asked for, from the folder as it was at the last
// [Server.Update]; nothing made earlier is answered again. So what is not looked
// at costs nothing, and before the preview's own script is put in, the bytes are
// those of a clean build of the same files with the same settings. While an update
// is at work, requests wait for it.
//
// Smaller forms of pictures are made when a browser asks for them, and no update waits
// for that: a page names them by what the files' heads say. Only of a picture whose
// damage nothing but decoding shows, forms are named until one was asked for.
//
// # What goes first
//
// A page that somebody waits for goes before all else. What no single page shows, such
// as links that lead nowhere, [Server.Check] looks for afterwards, in all texts: on one
// processor, in short turns, each once nobody has asked for anything for a moment, and
// from the beginning with the next update. Texts that were read before are not read
// again. After an update that such a check has nothing to do with, as of a style sheet
// or the template of a page, none is needed ([Report.Doubtful]).
//
// # In the browser
//
// The script that is put before </body> listens to server-sent events at
// /-/events; the tabs of a browser share one stream by a SharedWorker, so that
// many of them do not use up its connections. On an event it asks for its page
// again and changes the document where it differs, so that scroll position, focus
// and what was typed stay. A style sheet or picture that changed is loaded again
// by itself. When a page moved to another URL, its tab follows; with
// [Server.Jump], every tab goes to the page that was edited.
//
// # Mistakes
//
// Where a build would end with mistakes, the page as it was before stays, and
// above it a panel shows each with file, line and the line's text. It goes by
// itself with the mistake. A page without an earlier form is answered with
// status 500 and the panel alone.
//
// # Who may ask
//
// Drafts are nobody else's business. A page of a stranger could get at a preview
// on this machine by DNS rebinding, so requests are answered only for localhost,
// for an IP address, and for [Server.Hosts]; the rest is status 403. Paths below
// /-/ are the preview's own.
package preview
