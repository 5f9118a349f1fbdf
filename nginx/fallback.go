package nginx

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaintenanceFolder is the folder in the output folder whose presence closes the
// way to the app, and MaintenanceFile the page in it that is shown then.
const (
	MaintenanceFolder = "maintenance"
	MaintenanceFile   = "503.html"
)

// RetryHeader is the value of Retry-After that visitors get during maintenance.
func (s Server) RetryHeader() string {
	return strconv.Itoa(int(cmp.Or(s.RetryAfter, 2*time.Minute) / time.Second))
}

func (s Server) hasFallback() bool { return s.Fallback && (s.App.passes() || len(s.App.Own) > 0) }

// frontLocation is the name of the location that asks the app, after all files
// that NGINX sends for it.
func (s Server) frontLocation() string {
	if s.App.Kind == FastCGI {
		return "@" + s.Site + "_front"
	}
	return "@" + s.Site + "_app"
}

// askLocation is where a location leads that has no file for a request: to the
// app, by way of the copies that stand in for it.
func (s Server) askLocation() string {
	if s.hasFallback() {
		return "@" + s.Site + "_backed"
	}
	return s.frontLocation()
}

// doorLocation looks whether the way to the app is open. The folder is looked for
// with two slashes, because NGINX would take "/maintenance/" for a folder whose
// slash is missing, and redirect. As it stands it has nothing to show: 403.
func (s Server) doorLocation() Directive {
	quiet := line("error_log", "/dev/null", "crit")
	quiet.Comment = "NGINX would write a line for each request that is turned away."
	closed, open := "@"+s.Site+"_closed", "@"+s.Site+"_app"
	turned := line("error_page", "403", "405", "=503", closed)
	if s.hasFallback() {
		turned = line("error_page", "403", "405", "=", "@"+s.Site+"_stale")
	}
	if s.App.Kind != FastCGI {
		open = s.askLocation()
	}
	return Directive{
		Name: "location", Args: []string{"@" + s.Site + "_door"},
		Comment: "What needs the app. Where there is a folder \"" + MaintenanceFolder + "\", the app is being worked on\n" +
			"(icecap maintenance on); NGINX need not be reloaded for that.",
		Block: Block{
			line("root", s.Root), line("index", "none"), line("autoindex", "off"), line("open_file_cache", "off"), quiet,
			line("recursive_error_pages", "on"), turned, line("try_files", "/"+MaintenanceFolder+"//", open),
		},
	}
}

// closedLocations answer 503 while the app is being worked on: the page, or to
// other methods than GET and HEAD, for which NGINX sends no file, its own.
func (s Server) closedLocations() Block {
	retry := line("add_header", "Retry-After", s.RetryHeader(), "always")
	headers := append(s.headers(MarkMaintenance, noStore), retry)
	closed, bare := "@"+s.Site+"_closed", "@"+s.Site+"_bare"
	return Block{{
		Name: "location", Args: []string{closed}, Comment: "The app is being worked on.",
		Block: append(append(Block{
			line("root", s.Root), Directive{Name: "types", Block: Block{line("text/html", "html")}}, line("charset", "utf-8"),
		}, headers...), line("open_file_cache", "off"), line("log_not_found", "off"), line("recursive_error_pages", "on"),
			line("error_page", "403", "404", "405", "=503", bare), line("try_files", "/"+MaintenanceFolder+"/"+MaintenanceFile, "=404")),
	}, {
		Name: "location", Args: []string{bare}, Block: append(headers, line("return", "503")),
	}}
}

// copyMap says for whom a copy may stand in: for who would get a frozen page. An
// unlisted query finds none, because its variant has no file.
func (s Server) copyMap() Directive {
	var all strings.Builder
	for _, letter := range "hmacpr" {
		all.WriteString(s.v(string(letter)))
	}
	return s.mapping(all.String(), "copies", "The folder of copies for when the app fails, for whom they may stand in.",
		line("default", "/-"), line("", "/p"))
}

// backedLocation is the app for a URL of which there is a copy: its errors are
// not passed on. All others go on to the app with its own errors. try_files only
// looks here; the app is asked in either case.
func (s Server) backedLocation() Directive {
	app, whose := s.App.Own, "\nIt is a copy of your own location @"+s.Site+"_app: when that has been edited, install the gate again."
	if s.App.passes() {
		locations := s.appLocations()
		app, whose = locations[len(locations)-1].Block, ""
	}
	var pass Directive
	block := Block{line("root", s.Root+"/current"), line("open_file_cache", "off")}
	for _, d := range app {
		switch {
		case strings.HasSuffix(d.Name, "_pass"):
			pass = d
		case !slices.Contains(d.Args, "$document_root"): // which is not the app's here
			block = append(block, d)
		}
	}
	failed := line("error_page", "500", "502", "503", "504", "=", "@"+s.Site+"_stale")
	failed.Comment = "Where the app fails, the copy answers in its place."
	return Directive{
		Name: "location", Args: []string{"@" + s.Site + "_backed"},
		Comment: "The app again, for URLs of which there is a copy for when it fails." + whose,
		Block: append(block, line(strings.TrimSuffix(pass.Name, "_pass")+"_intercept_errors", "on"), line("recursive_error_pages", "on"), failed,
			s.tryFiles(s.v("copies"), copyMark, s.frontLocation()), pass),
	}
}

// copyMark begins the variant in the name of a copy; see [content.Path.FallbackFile].
const copyMark = "!"

// staleLocation is the copy in place of a failing app.
func (s Server) staleLocation() Directive {
	return Directive{
		Name: "location", Args: []string{"@" + s.Site + "_stale"},
		Comment: "A copy in place of an app that fails or is being worked on. Nobody may keep it.",
		Block: append(s.static(s.headers(MarkStale, noStore), "on"), line("open_file_cache", "off"), line("log_not_found", "off"),
			line("recursive_error_pages", "on"), line("error_page", "403", "404", "405", "503", "=503", "@"+s.Site+"_closed"),
			s.tryFiles(s.v("copies"), copyMark, "=503")),
	}
}
