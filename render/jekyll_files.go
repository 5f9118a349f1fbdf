package render

import (
	"bytes"
	"icecap/render/jekyll"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// sort says what a name is.
func (s *jekyllSite) sort(name string, dir bool) nameSort {
	if name == themeDir && dir || isBelow(name, s.Includes) || isBelow(name, s.DataDir) || slices.Contains(ownNames, name) {
		return sortLeft
	}
	f := s.Sort(name, dir, func() bool { return s.hasFront(name) })
	switch f.Kind {
	case jekyll.Left:
		return sortLeft
	case jekyll.Misnamed:
		return sortReported
	case jekyll.Static:
		switch {
		case s.IsMarkdown(name) && f.Collection == "" && s.Has("jekyll-optional-front-matter") && !slices.Contains(configNames, s.Within(name)):
			return sortText
		case s.IsMarkdown(name) && s.isReadmeIndex(name):
			return sortText
		}
		return sortFile
	case jekyll.Folder:
		return sortFile
	}
	if ext := path.Ext(name); ext == ".scss" || ext == ".sass" || ext == ".coffee" {
		return sortReported
	}
	return sortText
}

// isBelow reports whether a name is a folder or lies in it.
func isBelow(name, dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }

// ownNames are files at the top that are icecap's.
var ownNames = []string{"icecap.toml", "icecap.yaml", "icecap.yml", "icecap.json"}

// isReadmeIndex reports whether a file is the README of a folder without an index,
// which jekyll-readme-index makes its index.
func (s *jekyllSite) isReadmeIndex(name string) bool {
	if !s.Has("jekyll-readme-index") || !strings.EqualFold(strings.TrimSuffix(path.Base(name), path.Ext(name)), "readme") {
		return false
	}
	for _, index := range []string{"index.html", "index.md", "index.markdown"} {
		if _, err := fs.Stat(s.fsys, path.Join(path.Dir(name), index)); err == nil {
			return false
		}
	}
	return true
}

// whyLeft is why a name is reported and left out.
func (s *jekyllSite) whyLeft(name string) string {
	switch ext := path.Ext(name); {
	case ext == ".scss" || ext == ".sass":
		return "left out: style sheets in Sass are not carried"
	case ext == ".coffee":
		return "left out: CoffeeScript is not carried"
	}
	return "left out, as Jekyll leaves it out: the name of a post begins with its date, as in 2024-05-01-name.md"
}

// hasFront reports whether a file begins with front matter.
func (s *jekyllSite) hasFront(name string) bool {
	file, err := s.fsys.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	var head [200]byte
	n, _ := file.Read(head[:])
	return jekyll.HasFront(bytes.TrimPrefix(head[:n], []byte("\ufeff")))
}

// kindOf is what a text is, by its name.
func (s *jekyllSite) kindOf(file string) jekyll.File {
	return s.Sort(file, false, func() bool { return true })
}

// place is where a text belongs: the documents of a collection in the list of that
// name, all others at the top.
func (s *jekyllSite) place(file string) place {
	f := s.kindOf(file)
	p := place{name: f.Slug}
	if f.Kind == jekyll.Document {
		p.dir = f.Collection
	}
	return p
}
