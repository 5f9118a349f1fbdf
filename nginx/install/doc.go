// Package install puts a gate into the configuration of an NGINX that is in
// use, and takes it out again.
//
// Its one noun is the [Installer]. [Installer.Plan] reads what NGINX reads
// (nginx -T), finds the server block by name, and says which files would
// change; nothing is written. [Installer.Install] carries a plan out, and
// [Installer.Uninstall] and [Installer.Rollback] go back.
//
// # What is changed
//
// Beside the main configuration file a folder "icecap" is made. It holds the
// two parts of the gate, SITE-http.conf and SITE-server.conf, whose first line
// is a checksum: a file that a person has edited is not written over unasked
// ([EditedError]). In the operator's own file there are two lines more, that
// include them, the one before the server block, the other in it; and "location
// /", if the block has one, becomes the named location that the gate leads to:
// "location @SITE_app". That word is the only one of the operator's that
// changes, and only where NGINX and the meaning allow it ([ByHandError]):
// listen, TLS and all other locations stay as they are.
// With [nginx.Server.Fallback] what stands in that location is written into
// SITE-server.conf once more, for the URLs that have a copy; where that would not mean
// the same, the gate goes without copies and [Plan] says why.
//
// # In which order
//
// Copies of all files to be changed, synced; a marker that says so; each file
// by a temporary one and a rename; nginx -t; the reload; the probe. When a step
// fails, or the context ends, every file is put back as it was, and NGINX
// reloaded. A crash leaves the marker: the next call of anything
// puts the files back first. [Installer.Uninstall] and [Installer.Rollback] go
// by what was noted when the gate was installed, so they do not need NGINX to
// understand its present configuration.
//
// # Why our own reader
//
// The text must come out byte for byte but for the edit, so what is needed is
// the place of each word, not only a tree: [nginx.Parse] has them, and a test
// holds it to NGINX's own reading. nginx-go-crossplane knows lines only, prints
// a configuration anew instead of editing it, and knows no directives of other
// modules. What directives mean is decided by nginx -t alone.
package install
