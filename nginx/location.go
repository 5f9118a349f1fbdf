package nginx

import "icecap/content"

// serverLevel is the locations.
func (s Server) serverLevel() Block {
	page := s.pageLocation()
	page.Comment = "The icecap gate of site \"" + s.Site + "\": locations. Written by icecap; change icecap.toml, not this file.\n\n" + page.Comment
	if s.App.Kind == NoApp {
		block := append(Block{page, s.noneLocation(), s.notFoundLocation()}, s.redirectLocations()...)
		return append(block, s.goneLocations()...)
	}
	block := append(Block{page, s.doorLocation()}, s.appLocations()...)
	if s.hasFallback() {
		block = append(block, s.backedLocation(), s.staleLocation())
	}
	block = append(block, s.closedLocations()...)
	block = append(block, s.redirectLocations()...)
	return append(block, s.goneLocations()...)
}

// pageLocation answers from disk.
func (s Server) pageLocation() Directive {
	missing := line("error_page", "403", "404", "=", "@"+s.Site+"_door")
	missing.Comment = "A file that cannot be read (403), or that went away with the last release between the look\n" +
		"and the opening (404), is the app's to answer."
	last := "@" + s.v("next")
	if s.App.Kind == NoApp {
		missing = s.notFoundPage()
		missing.Comment = "A file that cannot be read (403), or that went away with the last release between the look\n" +
			"and the opening (404), is answered with the frozen 404 page."
	}
	root, cache := s.fileCache()
	block := s.static(s.pageHeaders(), "off")
	block[0] = root
	packet := line("tcp_nopush", "on")
	packet.Comment = "With sendfile: the head of an answer leaves in one packet with what follows."
	block = append(append(block, cache...), packet, missing, line("log_not_found", "off"))
	return Directive{
		Name: "location", Args: []string{"/"}, Block: append(block, s.tryFiles(s.v("dir"), "", last)),
		Comment: "Frozen pages. A page's file is its URL path, \"@\" and an extension: /about is about@.html,\n" +
			"/about/ is about/@.html, so no file can be asked for by its own name.",
	}
}

// static is what every location that answers from a release shares. vary is whether
// NGINX itself says which pages lie compressed beside themselves.
func (s Server) static(headers Block, vary string) Block {
	types := Directive{Name: "types", Block: Block{},
		Comment: "Only these types are ever frozen. This list replaces mime.types here."}
	charset := line("charset_types")
	for _, m := range content.MediaTypes() {
		types.Block = append(types.Block, line(m.Type, m.Ext))
		if m.Text && m.Type != "text/html" { // which NGINX always includes, and warns about if named
			charset.Args = append(charset.Args, m.Type)
		}
	}
	block := Block{line("root", s.Root+"/current"), types, line("charset", "utf-8"), charset}
	return append(append(block, s.compressed(vary)...), headers...)
}

// tryFiles looks for the page under the type that the URL's ending promises,
// HTML if it promises none, then under each type that needs no ending. HTML
// comes last: it is found at once but under an ending such as .JPG, which only
// $SITE_end takes for .jpg. Only the first look may take a query for a
// cache-buster or for a line of the gate map: both are for assets.
func (s Server) tryFiles(dir, mark, last string) Directive {
	stem := dir + s.v("path") + "@" + mark
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
		Block: append(s.headers(MarkDisk, revalidate), line("root", s.Root+"/current"), s.notFoundPage(), line("open_file_cache", "off"), line("log_not_found", "off"),
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
		Block: append(s.static(s.headers(MarkDisk, revalidate), "on"), line("open_file_cache", "off"), line("log_not_found", "off"),
			line("try_files", "/p/"+file, statusFile(404), "=404")),
		Comment: "The page that is frozen at " + NotFoundPath + ", or the one frozen for what is gone, with status 404.\n" +
			"There is no app to ask.",
	}
}
