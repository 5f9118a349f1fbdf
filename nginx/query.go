package nginx

import (
	"regexp"

	"icecap/content"
)

// GateMapFile is the file of a release that the gate's maps include. NGINX reads
// it when it starts and when it reloads.
const GateMapFile = "gate.map"

const (
	unlisted = "-" // a query that stays with the app
	maybe    = "?" // a query that is a cache-buster if the URL is that of an asset
)

// queryMaps turn a query into the variant of a page.
func (s Server) queryMaps() Block {
	// Without an app nobody else could answer, so whatever is not listed is ignored.
	other, end := unlisted, "The app has the rest."
	if s.App.Kind == NoApp {
		other, end = "", "The rest is ignored."
	}
	asked := Block{line("default", other), line("", "")}
	declared, ignored := s.Queries.Patterns()
	for _, pattern := range declared {
		asked = append(asked, line("~"+pattern, "$args"))
	}
	if s.App.Kind != NoApp {
		if ignored != "" {
			asked = append(asked, line("~"+ignored, ""))
		}
		asked = append(asked, line("~"+content.CacheBusterPattern, maybe))
	}
	maps := Block{
		s.mapping("$args", "l", "The query, as a part of a file's name: only what an expression for the whole of it allows, as\n"+
			"it stands, can get there. A declared parameter is tried at every path: where it is not\n"+
			"declared, there is no such file. "+end,
			asked...),
		s.mapping("$args", "key", "What to look for in the release's own list; nothing for most requests.",
			line("default", "$uri?$args"), line("", "")),
		s.listMap("rec", s.v("key"), "The type of an asset with a query, as the release lists it: the one thing here that comes from\n"+
			"a crawl. The brackets only let NGINX start before there is such a file."),
		s.extMap(),
	}
	if s.App.Kind == NoApp {
		return append(maps, s.variantMap("l"))
	}
	return append(maps, s.busterMap(), s.variantMap("b"),
		s.mapping(s.v("v"), "q", "q: a query that is not listed above.",
			line("default", ""), line(unlisted, "q")))
}

// listMap looks a key up in the gate map of the release.
func (s Server) listMap(name, source, comment string) Directive {
	return s.mapping(source, name, comment,
		line("default", ""), line("", ""), line("include", s.Root+"/current/"+includeGlob))
}

// includeGlob names gate.map with a wildcard, because NGINX does not start if a
// file that is named plainly is missing.
const includeGlob = "gate.ma[p]"

func assetTypes() (assets []content.Media) {
	for _, m := range content.MediaTypes() {
		if m.IsAsset() {
			assets = append(assets, m)
		}
	}
	return assets
}

// extMap and variantMap let the release's list have the first word.
func (s Server) extMap() Directive {
	types := Block{line("default", s.v("end"))}
	for _, m := range assetTypes() {
		types = append(types, line(m.Ext, m.Ext))
	}
	return s.mapping(s.v("rec"), "ext", "The extension of the page's file: the first place to look. It gives the answer its media type.", types...)
}

func (s Server) variantMap(otherwise string) Directive {
	types := Block{line("default", s.v(otherwise))}
	for _, m := range assetTypes() {
		types = append(types, line(m.Ext, "$args"))
	}
	return s.mapping(s.v("rec"), "v", "The variant in that place. Keys of a map ignore letter case, file names do not: of two queries\n"+
		"that differ in case only, the unlisted one finds no file.", types...)
}

// busterMap decides about cache-busters: all types are spelled out, so that none
// is taken for an asset by default.
func (s Server) busterMap() Directive {
	entries := Block{line("default", s.v("l"))}
	for _, m := range content.MediaTypes() {
		value := unlisted
		if m.IsAsset() {
			value = ""
		}
		entries = append(entries, line(maybe+m.Ext, value))
	}
	return s.mapping(s.v("l")+s.v("end"), "b", "A cache-buster, as in style.css?ver=6.1, changes nothing about style sheets, scripts, images and\n"+
		"fonts. Only where fetches with and without it agreed is the one without it frozen.", entries...)
}

// A Query is what the gate makes of a raw query, but for the release's own list.
type Query struct {
	Variant string // of the page; "" for the one without a query
	Buster  bool   // only a URL that ends like an asset's, and only the type that it promises, may be answered
}

// Query decides as the emitted maps do. It is not ok if the query stays with the
// app. Without an app, what is not declared is ignored instead.
func (s Server) Query(args string) (q Query, ok bool) {
	declared, _ := s.Queries.Patterns()
	for _, pattern := range declared {
		if matched, err := regexp.MatchString(pattern, args); err == nil && matched {
			return Query{Variant: args}, true
		}
	}
	switch {
	case args == "" || s.Queries.Ignored(args):
		return Query{}, true
	case content.CacheBuster(args):
		return Query{Buster: true}, true
	}
	return Query{}, false
}
