package nginx

import "icecap/content"

// serverLevel is the locations.
func (s Server) serverLevel() Block {
	page := s.pageLocation()
	page.Comment = "The icecap gate of site \"" + s.Site + "\": locations. Written by icecap; change icecap.toml, not this file.\n\n" + page.Comment
	if s.App.Kind == NoApp {
		return append(Block{page, s.noneLocation(), s.notFoundLocation()}, s.redirectLocations()...)
	}
	return append(append(Block{page}, s.appLocations()...), s.redirectLocations()...)
}

// pageLocation answers from disk.
func (s Server) pageLocation() Directive {
	missing := line("error_page", "403", "404", "=", "@"+s.Site+"_app")
	missing.Comment = "A file that cannot be read (403), or that went away with the last release between the look\n" +
		"and the opening (404), is the app's to answer."
	last := "@" + s.v("next")
	if s.App.Kind == NoApp {
		missing = s.notFoundPage()
		missing.Comment = "A file that cannot be read (403), or that went away with the last release between the look\n" +
			"and the opening (404), is answered with the frozen 404 page."
	}
	cache := line("open_file_cache", "off")
	cache.Comment = "The cache would mix two releases for a minute after \"current\" has moved."
	block := append(s.static(), cache, missing, line("log_not_found", "off"))
	return Directive{
		Name: "location", Args: []string{"/"}, Block: append(block, s.tryFiles(last)),
		Comment: "Frozen pages. A page's file is its URL path, \"@\" and an extension: /about is about@.html,\n" +
			"/about/ is about/@.html, so no file can be asked for by its own name.",
	}
}

// static is what every location that answers from a release shares.
func (s Server) static() Block {
	types := Directive{Name: "types", Block: Block{},
		Comment: "Only these types are ever frozen. This list replaces mime.types here."}
	charset := line("charset_types")
	for _, m := range content.MediaTypes() {
		types.Block = append(types.Block, line(m.Type, m.Ext))
		if m.Text && m.Type != "text/html" { // which NGINX always includes, and warns about if named
			charset.Args = append(charset.Args, m.Type)
		}
	}
	block := append(Block{line("root", s.Root+"/current"), types, line("charset", "utf-8"), charset}, s.headers()...)
	return block
}

// headers marks the answer and adds the operator's own lines.
func (s Server) headers() Block {
	mark := line("add_header", Marker, "disk", "always")
	mark.Comment = "One add_header here makes NGINX ignore all those of the server block: headers that pages from\n" +
		"disk need are declared as [[header]] in icecap.toml and stand here together."
	block := Block{mark}
	for _, h := range s.Headers {
		block = append(block, line("add_header", h.Name, h.Value, "always"))
	}
	return block
}

// tryFiles looks for the page under the type that the URL's ending promises,
// HTML if it promises none, then under each type that needs no ending. HTML
// comes last: it is found at once but under an ending such as .JPG, which only
// $SITE_end takes for .jpg. Only the first look may take a query for a
// cache-buster or for a line of the gate map: both are for assets.
func (s Server) tryFiles(last string) Directive {
	stem := s.v("dir") + s.v("path") + "@"
	args := []string{stem + s.v("tail")}
	types := content.MediaTypes()
	for _, m := range append(types[1:], types[0]) {
		if m.Anywhere {
			args = append(args, stem+s.v("l")+"."+m.Ext)
		}
	}
	return line("try_files", append(args, last)...)
}

// notFoundPage answers errors with the frozen page.
func (s Server) notFoundPage() Directive {
	return line("error_page", "403", "404", "=404", "@"+s.Site+"_404")
}

// noneLocation is where a request goes that is for no file and no redirect.
func (s Server) noneLocation() Directive {
	return Directive{
		Name: "location", Args: []string{"@" + s.Site + "_none"},
		Block: append(s.headers(), line("root", s.Root+"/current"), s.notFoundPage(), line("open_file_cache", "off"), line("log_not_found", "off"),
			line("try_files", missingFolder, "=404")),
		Comment: "Everything else. The detour is for the status: a page that try_files finds is answered with 200.",
	}
}

// notFoundLocation answers for the missing app.
func (s Server) notFoundLocation() Directive {
	path, err := content.ParsePath(NotFoundPath)
	if err != nil {
		panic(err) // a constant
	}
	file, err := path.File("", "text/html")
	if err != nil {
		panic(err)
	}
	return Directive{
		Name: "location", Args: []string{"@" + s.Site + "_404"},
		Block: append(s.static(), line("open_file_cache", "off"), line("log_not_found", "off"),
			line("try_files", "/p/"+file, "=404")),
		Comment: "The page that is frozen at " + NotFoundPath + ", with status 404. There is no app to ask.",
	}
}
