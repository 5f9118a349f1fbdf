package render

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"icecap/content"
	"icecap/render/theme"
)

// A target is where a link leads.
type target struct {
	dest     string // as it is written into the page
	post     *post  // whose headings the fragment is looked for in, or nil
	fragment string
	problem  string // "" if the target is there
	mild     bool   // the problem is no mistake, only worth a warning
	hint     string
	outside  bool   // nothing of ours, but something else may be there
	file     string // in the folder, of a wikilink
}

// resolve notes a link and returns what is written into the page.
func (c *conversion) resolve(dest string, line int) string {
	if dest != "" && !isExternal(dest) {
		c.facts.Links = append(c.facts.Links, link{dest, line})
		dest = c.blog.target(c.post, dest).dest
	}
	c.met = append(c.met, link{dest, line})
	return dest
}

// isExternal reports whether a link leads out of the site's address: it has a
// scheme or a host.
func isExternal(dest string) bool {
	if isWiki(dest) {
		return false
	}
	if strings.HasPrefix(dest, "//") {
		return true
	}
	end := strings.IndexAny(dest, "/?#")
	if end < 0 {
		end = len(dest)
	}
	return strings.IndexByte(dest[:end], ':') >= 0
}

// target finds out where a link on a page leads: to a file, by its name as seen
// from the page's own file, or to a path, as seen from the page's URL.
func (b *Blog) target(from *post, dest string) target {
	if b.snapshot.wikilinks && isWiki(dest) {
		return b.targetWiki(from, dest)
	}
	address, fragment, _ := strings.Cut(dest, "#")
	address, query, hasQuery := strings.Cut(address, "?")
	tail := ""
	if hasQuery {
		tail = "?" + query
	}
	if fragment != "" {
		tail += "#" + fragment
	}
	if address == "" {
		return target{dest: dest, post: from, fragment: fragment}
	}
	name, err := url.PathUnescape(address)
	if err != nil {
		return target{dest: dest, problem: fmt.Sprintf("the link %q has a broken percent-encoding", dest)}
	}
	t := b.targetFile(from, name)
	if t.dest == "" && t.problem == "" {
		t = b.targetPath(from, address)
	}
	if t.problem != "" && b.snapshot.wikilinks && !strings.HasPrefix(name, "/") {
		// Obsidian takes the name of a file for its address, wherever it lies.
		if file, _ := b.findNote(from, name); file != "" {
			t = b.targetFile(from, "/"+b.fromTop(file))
			t.file = file
		}
	}
	if t.problem != "" {
		t.dest = dest
		return t
	}
	t.dest += tail
	t.fragment = fragment
	return t
}

// targetFile looks for a file of that name in the folder.
func (b *Blog) targetFile(from *post, name string) target {
	file := path.Join(path.Dir(from.file), name)
	if strings.HasPrefix(name, "/") {
		file = path.Join(b.root, name)
	}
	if p, ok := b.byFile[file]; ok {
		return target{dest: p.url.String(), post: p}
	}
	if u, ok := b.fileURLs[file]; ok {
		return target{dest: u.String()}
	}
	if isMarkdown(file) || isOrg(file) {
		if why, ok := b.hidden[file]; ok {
			return target{problem: fmt.Sprintf("the link %q leads to a page that is not published (%s)", name, why), hint: "take the link out until it is"}
		}
		return target{problem: fmt.Sprintf("the link %q leads to no file", name), hint: b.guessFile(file)}
	}
	if strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") {
		return target{}
	}
	if bare, ok := strings.CutSuffix(file, ".html"); ok && b.dialect.tool == "" { // the file that mdBook and others make of a text
		if p, ok := b.byFile[bare+".md"]; ok {
			return target{dest: p.url.String(), post: p}
		}
	}
	if b.dialect.readme && path.Base(file) == "index.html" {
		if p, ok := b.byFile[path.Join(path.Dir(file), "README.md")]; ok {
			return target{dest: p.url.String(), post: p}
		}
	}
	for _, candidate := range []string{file + ".md", file + "/index.md"} {
		if p, ok := b.byFile[candidate]; ok {
			return target{dest: p.url.String(), post: p}
		}
	}
	return target{}
}

// targetPath looks for a page with that path.
func (b *Blog) targetPath(from *post, address string) target {
	absolute := address
	if !strings.HasPrefix(address, "/") {
		base := &url.URL{Path: from.url.Decoded()}
		ref, err := base.Parse(address)
		if err != nil {
			return target{problem: fmt.Sprintf("the link %q is no address", address)}
		}
		absolute = ref.EscapedPath()
	}
	p, err := content.ParsePath(absolute)
	if err != nil {
		return target{dest: absolute, outside: true}
	}
	if post, ok := b.byURL[p.Decoded()]; ok {
		return target{dest: absolute, post: post}
	}
	if b.known[p.Decoded()] {
		return target{dest: absolute}
	}
	if moved, ok := b.byURL[p.Decoded()+"/"]; ok {
		return target{dest: moved.url.String(), post: moved}
	}
	if b.known[p.Decoded()+"/"] {
		return target{dest: absolute + "/"}
	}
	if !strings.HasPrefix(address, "/") || b.settings.Alone || b.owns(p.Decoded()) {
		return target{problem: fmt.Sprintf("the link %q leads to nothing on this site", address), hint: b.guessPath(p.Decoded())}
	}
	return target{dest: absolute, outside: true}
}

// owns reports whether the site has something below the first segment of a path,
// so that a path there that it does not have is a mistake.
func (b *Blog) owns(decoded string) bool {
	rest, below := strings.CutPrefix(decoded, b.settings.Prefix)
	if !below {
		return false
	}
	first, _, deeper := strings.Cut(rest, "/")
	return b.settings.Prefix != "/" || deeper && b.sections[first]
}

// guessFile names a file that may be meant.
func (b *Blog) guessFile(file string) string {
	base := path.Base(file)
	for _, p := range b.all {
		if path.Base(p.file) == base {
			return fmt.Sprintf("there is %s", p.file)
		}
	}
	return ""
}

func (b *Blog) guessPath(decoded string) string {
	last := path.Base(decoded)
	for _, p := range b.all {
		if path.Base(p.url.Decoded()) == last {
			return fmt.Sprintf("there is %s", p.url)
		}
	}
	return ""
}

// absolute is the full address of a path or link of this site.
func (b *Blog) absolute(dest string) string {
	if isExternal(dest) {
		return dest
	}
	return b.settings.URL + dest
}

// links are theme's links to posts.
func linkTo(p *post) *theme.Link {
	if p == nil {
		return nil
	}
	l := p.link()
	return &l
}
