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

// fileCache keeps files open, or does not. With "current" in the path it would mix
// two releases for as long as it trusts its entries. With a release's own path,
// which a reload brings, it can not: a release never changes.
func (s Server) fileCache() (root Directive, cache Block) {
	if s.OpenFiles == 0 {
		off := line("open_file_cache", "off")
		off.Comment = "The cache would mix two releases for a minute after \"current\" has moved."
		return line("root", s.Root+"/current"), Block{off}
	}
	root = line("include", s.Root+"/"+rootGlob)
	root.Comment = "The published release by its own name, so that its files can stay open: a publish is a reload.\n" +
		"The brackets let NGINX start before there is one; then the app has everything."
	on := line("open_file_cache", "max="+strconv.Itoa(s.OpenFiles), "inactive=10m")
	on.Comment = "Each worker keeps so many files open. They and two for each connection must fit into\n" +
		"worker_rlimit_nofile, or \"ulimit -n\"."
	return root, Block{on, line("open_file_cache_valid", "10m"), line("open_file_cache_errors", "off")}
}
