package nginx

import (
	"strconv"

	"icecap/content"
)

// redirectCodes are the statuses of redirects that the gate answers itself.
func redirectCodes() []int { return []int{301, 302, 307, 308} }

// redirectMaps say where a request goes that is for no file. They are looked at
// for such requests only.
func (s Server) redirectMaps() Block {
	source, none := s.v("why")+"$args "+s.v("code")+" "+s.v("path"), "_door"
	comment := "Of a listed URL: to the redirect or the page of a status, if the request is for a frozen page in\n" +
		"all other respects, has no query at all, and the path has the very letters of the list; else to\n" +
		"the app."
	if s.App.Kind == NoApp {
		source, none = s.v("why")+" "+s.v("code")+" "+s.v("path"), "_none"
		comment = "Of a listed URL: to the redirect or the page of a status, if the path has the very letters of the\n" +
			"list; else nowhere."
	}
	listed := Block{line("default", s.Site+none)}
	for _, code := range redirectCodes() {
		listed = append(listed, line("~^ "+strconv.Itoa(code)+` ([^ ]+) \1$`, s.Site+"_"+strconv.Itoa(code)))
	}
	for _, code := range content.StatusCodes() {
		listed = append(listed, line("~^ "+strconv.Itoa(code)+` ([^ ]+) \1$`, s.Site+"_gone"+strconv.Itoa(code)))
	}
	return Block{
		s.listMap("code", ">"+s.v("path"), "A redirect of the release's list, or a URL that is gone: its status, and its path once more."),
		s.listMap("to", "="+s.v("path"), "The target of a redirect."),
		s.mapping(source, "listed", comment, listed...),
		s.mapping(s.v("code"), "next", "Where a request goes for which there is no file. Of a URL that is not listed no more is asked.",
			line("default", s.v("listed")), line("", s.Site+none)),
	}
}

// redirectLocations answer redirects, one location for each status, because
// return takes no variable for it.
func (s Server) redirectLocations() (b Block) {
	for _, code := range redirectCodes() {
		relative := line("absolute_redirect", "off")
		relative.Comment = "Else NGINX would put its own port into the target."
		b = append(b, Directive{
			Name: "location", Args: []string{"@" + s.Site + "_" + strconv.Itoa(code)},
			Block: append(s.headers(MarkDisk, revalidate), relative, line("return", strconv.Itoa(code), s.v("to"))),
		})
	}
	b[0].Comment = "Redirects that are replayed."
	return b
}

// goneLocations answer for what is gone, one pair of locations for each status:
// the first makes the error, the second has the page for it.
func (s Server) goneLocations() (b Block) {
	for _, code := range content.StatusCodes() {
		number := strconv.Itoa(code)
		name, page := "@"+s.Site+"_gone"+number, "@"+s.Site+"_page"+number
		b = append(b, Directive{
			Name: "location", Args: []string{name},
			Block: Block{line("recursive_error_pages", "on"), line("error_page", number, page), line("return", number)},
		}, Directive{
			Name: "location", Args: []string{page},
			Block: append(s.static(s.headers(MarkDisk, revalidate), "on"), line("open_file_cache", "off"), line("log_not_found", "off"),
				line("try_files", statusFile(code), "="+number)),
		})
	}
	b[0].Comment = "What is gone, with the page that the app has for it. A body that the app makes for one URL only is the app's."
	return b
}

// statusFile is the file of a status page below the release.
func statusFile(code int) string {
	file, err := content.StatusKey(code).FallbackFile("text/html")
	if err != nil {
		panic(err) // a constant
	}
	return "/p/" + file
}
