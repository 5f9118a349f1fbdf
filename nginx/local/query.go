package local

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"icecap/content"
	"icecap/nginx"
)

// A query is what a request's query asks for.
type query struct {
	unlisted bool          // it stays with the app
	variant  string        // in the first place where a page may be
	listed   content.Media // the type in the first place, where the release's list says so
	only     bool          // there is no other place
	rest     string        // the variant in the other places
}

// query decides as the emitted maps do: the release's list has the first word.
func (g *Gate) query(request request) query {
	if request.args == "" {
		return query{}
	}
	known, ok := g.Server.Query(request.args)
	if g.App == nil && known.Variant == "" {
		known, ok = nginx.Query{}, true
	}
	asked := query{unlisted: !ok, variant: known.Variant, rest: known.Variant, only: !ok || known.Buster}
	if ext := g.list.of(g.Server.Root).assets[lower(request.path+"?"+request.args)]; ext != "" {
		// Keys of NGINX's maps ignore letter case; the file's name then tells.
		asked.unlisted, asked.variant, asked.listed = false, request.args, mediaOf(ext)
		return asked
	}
	if known.Buster && !promised(request.path).IsAsset() {
		asked.unlisted = true
	}
	return asked
}

// lower is ASCII's lower case, as NGINX knows it.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func mediaOf(ext string) content.Media {
	for _, m := range medias {
		if m.Ext == ext {
			return m
		}
	}
	return html
}

// A list is the gate map of the current release, read once for each release.
type list struct {
	mu      sync.Mutex
	release string // that current leads to
	read    lines
}

// lines are a gate map for looking things up.
type lines struct {
	assets    map[string]string           // "/load.php?a=b" in lower case, to the extension
	redirects map[string]content.Redirect // by decoded path
}

// of returns the list of the current release. A file that is not as icecap writes
// it counts as empty.
func (l *list) of(root string) lines {
	release, err := os.Readlink(filepath.Join(root, "current"))
	if err != nil {
		return lines{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.release == release {
		return l.read
	}
	l.release, l.read = release, lines{}
	text, err := os.ReadFile(filepath.Join(root, "current", nginx.GateMapFile))
	if err != nil {
		return l.read
	}
	if m, err := content.ParseGateMap(string(text)); err == nil {
		l.read.assets = make(map[string]string, len(m.Assets))
		for _, a := range m.Assets {
			l.read.assets[lower(a.Path.Decoded()+"?"+a.Variant)] = a.Ext
		}
		l.read.redirects = make(map[string]content.Redirect, len(m.Redirects))
		for _, r := range m.Redirects {
			l.read.redirects[r.From.Decoded()] = r
		}
	}
	return l.read
}
