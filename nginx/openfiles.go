package nginx

import "strconv"

// RootFile is the file in the output folder that names the published release for
// an NGINX with [Server.OpenFiles].
const RootFile = "root.conf"

// rootGlob names RootFile with a wildcard, for NGINX does not start if a file that
// is named plainly is missing.
const rootGlob = "root.con[f]"

// RootConf is the text of [RootFile] for the folder of a release.
func RootConf(release string) string { return Block{line("root", release)}.String() }

// CheckedFiles is how many files of the pages each worker keeps open unless
// [Server.OpenFiles] says otherwise. With the 768 connections of Debian's
// configuration they fit into the 1024 files that a process may open by default.
const CheckedFiles = 200

// fileCache keeps files open, in one of two ways.
//
// With "current" in the path an entry must not be trusted for a moment, or NGINX
// would mix two releases. "open_file_cache_valid 0" makes it look at the path
// (stat) at each use, and open the file anew unless it has the same inode number
// (ngx_open_cached_file). Two files of one file system cannot have that in common:
// the open file holds it, also after it was deleted. Names without a file are not
// remembered.
//
// With a release's own path, which a reload brings, nothing need be looked at: a
// release never changes.
func (s Server) fileCache() (root Directive, cache Block) {
	if s.OpenFiles == 0 {
		on := line("open_file_cache", "max="+strconv.Itoa(CheckedFiles), "inactive=60s")
		on.Comment = "Each worker keeps so many files open. It looks at the path before each use (valid 0), for else it\n" +
			"would mix two releases for a while after \"current\" has moved."
		return line("root", s.Root+"/current"), Block{on, line("open_file_cache_valid", "0"), line("open_file_cache_errors", "off")}
	}
	root = line("include", s.Root+"/"+rootGlob)
	root.Comment = "The published release by its own name, so that its files can stay open: a publish is a reload.\n" +
		"The brackets let NGINX start before there is one; then the app has everything."
	on := line("open_file_cache", "max="+strconv.Itoa(s.OpenFiles), "inactive=10m")
	on.Comment = "Each worker keeps so many files open. They and two for each connection must fit into\n" +
		"worker_rlimit_nofile, or \"ulimit -n\"."
	return root, Block{on, line("open_file_cache_valid", "10m"), line("open_file_cache_errors", "off")}
}
