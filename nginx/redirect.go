package nginx

import "strconv"

// RedirectCodes are the statuses of redirects that the gate answers itself.
func RedirectCodes() []int { return []int{301, 302, 307, 308} }

// redirectMaps say where a request goes that is for no file. They are looked at
// for such requests only.
func (s Server) redirectMaps() Block {
	source, none := s.v("why")+"$args "+s.v("code")+" "+s.v("path"), "_app"
	comment := "Where a request goes for which there is no file: to the redirect, if it is for a frozen page, has\n" +
		"no query at all, and the path has the very letters of the list; else to the app."
	if s.App.Kind == NoApp {
		source, none = s.v("why")+" "+s.v("code")+" "+s.v("path"), "_none"
		comment = "Where a request goes for which there is no file: to the redirect, if the path has the very\n" +
			"letters of the list; else nowhere."
	}
	next := Block{line("default", s.Site+none)}
	for _, code := range RedirectCodes() {
		next = append(next, line("~^ "+strconv.Itoa(code)+` ([^ ]+) \1$`, s.Site+"_"+strconv.Itoa(code)))
	}
	return Block{
		s.listMap("code", ">"+s.v("path"), "A redirect of the release's list: its status, and its path once more."),
		s.listMap("to", "="+s.v("path"), "Its target."),
		s.mapping(source, "next", comment, next...),
	}
}

// redirectLocations answer redirects, one location for each status, because
// return takes no variable for it.
func (s Server) redirectLocations() (b Block) {
	for _, code := range RedirectCodes() {
		relative := line("absolute_redirect", "off")
		relative.Comment = "Else NGINX would put its own port into the target."
		b = append(b, Directive{
			Name: "location", Args: []string{"@" + s.Site + "_" + strconv.Itoa(code)},
			Block: append(s.headers(), relative, line("return", strconv.Itoa(code), s.v("to"))),
		})
	}
	b[0].Comment = "Redirects that are replayed."
	return b
}
