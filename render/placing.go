package render

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"icecap/content"
)

// place gives a post its URL, or makes it the intro of its folder's list.
func (b *Blog) place(p *post) {
	if b.dialect.intro(b, p) {
		p.intro = true
		dir := p.dir
		if first := b.intros[dir]; first != nil {
			b.problems = append(b.problems, p.problem(0, fmt.Sprintf("it speaks for its folder, and so does %s", first.file), "keep one of them"))
			return
		}
		b.intros[dir] = p
		if dir != "" {
			b.sections[b.dialect.segment(dir)] = true
		}
		p.url, _ = content.ParsePath(b.settings.Prefix + b.dialect.listPath(b, dir))
		b.introAt[p.url.Decoded()] = p
		b.byFile[p.file] = p
		return
	}
	u, err := b.rememberedURL(p)
	if err != nil {
		b.problems = append(b.problems, p.problem(p.urlLine(), err.Error(), ""))
		return
	}
	p.url = u
	if p.redirect != "" {
		b.moved = append(b.moved, p)
		return
	}
	if first, taken := b.byURL[u.Decoded()]; taken {
		lost, kept := p, first
		if b.dialect.sharedURLs && p.date.After(first.date) {
			lost, kept = first, p
			b.displace(first)
		}
		b.clash(lost.problem(lost.urlLine(), fmt.Sprintf("its URL %s is also that of %s", u, kept.file), "give one of them another slug, or rename it"))
		if lost == p {
			return
		}
	}
	b.all = append(b.all, p)
	b.byFile[p.file] = p
	b.byURL[u.Decoded()] = p
	if p.index {
		b.bundles[path.Dir(p.file)] = append(b.bundles[path.Dir(p.file)], p)
	}
	if p.section != "" {
		b.sections[b.dialect.segment(p.section)] = true
	}
}

// clash notes that something else has a URL already. It is a mistake, but where the
// folder's own tool takes one of the two without a word, and so do we, with one.
func (b *Blog) clash(p Problem) {
	if b.dialect.sharedURLs {
		p.What = "left out: " + p.What
		b.warnings = append(b.warnings, p)
		return
	}
	b.problems = append(b.problems, p)
}

// displace takes the page of a post away.
func (b *Blog) displace(p *post) {
	b.all = slices.DeleteFunc(b.all, func(other *post) bool { return other == p })
	delete(b.byFile, p.file)
	delete(b.byURL, p.url.Decoded())
	b.hidden[p.file] = "another text has its URL"
}

// isIntro reports whether a file speaks for a list: the top folder's index, and
// that of a first-level folder which holds other texts or is named _index.
func (b *Blog) isIntro(p *post) bool {
	switch {
	case !p.index:
		return false
	case p.dir == "":
		return true
	case strings.Contains(p.dir, "/"):
		return false
	}
	return strings.HasPrefix(path.Base(p.file), "_") || b.counts[path.Dir(p.file)] > 1
}

func (b *Blog) sectionPath(dir string) string {
	if dir == "" {
		return ""
	}
	return b.segments(dir) + "/"
}

// segments makes a folder's path that of a URL.
func (b *Blog) segments(dir string) string {
	var segments []string
	for segment := range strings.SplitSeq(dir, "/") {
		if segment != "" {
			segments = append(segments, b.dialect.segment(segment))
		}
	}
	return strings.Join(segments, "/")
}

// urlOf is the path of a post's page.
func (b *Blog) urlOf(p *post) (content.Path, error) {
	relative, err := b.dialect.url(b, p)
	if err != nil {
		return content.Path{}, err
	}
	return content.ParsePath(b.settings.Prefix + relative)
}

// ownURL is the rule of a folder of ours: the folder and the name or the slug.
func (b *Blog) ownURL(p *post) (string, error) {
	if p.meta.url != "" {
		u, err := b.givenURL(p.meta.url)
		return strings.TrimPrefix(u.String(), b.settings.Prefix), err
	}
	dir := p.dir
	if p.index {
		dir, _ = path.Split(dir)
	}
	_, rest, err := cutFileDate(p.name, b.zone)
	if err != nil {
		return "", err
	}
	slug := cmp.Or(b.dialect.segment(cmp.Or(rest, p.name)), spellOut(p.name))
	if p.slug != "" {
		if slug = b.dialect.segment(p.slug); strings.ContainsAny(p.slug, `/\`) || slug == "" {
			return "", fmt.Errorf("the slug %q is no single part of a path", p.slug)
		}
	}
	if slug == "" {
		return "", fmt.Errorf("nothing is left of the file's name for its URL; give it a slug")
	}
	return b.sectionPath(strings.Trim(dir, "/")) + slug + "/", nil
}

// givenURL reads the front matter's url or an alias: a path of this site.
func (b *Blog) givenURL(text string) (content.Path, error) {
	if strings.Contains(text, "://") || strings.HasPrefix(text, "//") {
		return content.Path{}, fmt.Errorf("the URL %q is no path of this site", text)
	}
	if !strings.HasPrefix(text, b.settings.Prefix) {
		text = b.settings.Prefix + strings.TrimPrefix(text, "/")
	}
	return content.ParsePath(text)
}

// urlLine is the line that decides on the URL.
func (p *post) urlLine() int {
	for key, value := range map[string]string{"url": p.meta.url, "slug": p.slug} {
		if value != "" {
			return p.fm.lineOf(key)
		}
	}
	return 0
}

// placeFiles gives every file that is no text its URL: beside the page of its
// bundle, or below the URL of its folder.
func (b *Blog) placeFiles() {
	for _, file := range b.snapshot.scan.files {
		if relative := b.dialect.filePath(b, file); relative != "" {
			b.placeFile(file, b.settings.Prefix+relative)
		}
	}
	static := slices.Clone(b.snapshot.scan.static)
	slices.SortStableFunc(static, func(x, y string) int { return b.dialect.staticRank(x) - b.dialect.staticRank(y) })
	for _, file := range static {
		b.placeFile(file, b.settings.Prefix+b.dialect.staticPath(file))
	}
}

// ownFilePath is the path of a file beside the page of its bundle, or below the URL
// of its folder.
func (b *Blog) ownFilePath(file string) string {
	for _, index := range []string{"index.md", "index.markdown"} {
		if p, ok := b.byFile[path.Join(path.Dir(file), index)]; ok {
			return strings.TrimPrefix(p.url.String(), b.settings.Prefix) + path.Base(file)
		}
	}
	return b.sectionPath(b.dialect.place(file).dir) + path.Base(file)
}

// placeFile gives a file its URL. The gate goes by endings in lower case: what a
// camera calls DSC1.JPG lies at DSC1.jpg, and from its own name there is a redirect.
func (b *Blog) placeFile(file, address string) {
	u, err := content.ParsePath(address)
	media, known := u.Promises()
	if ext := path.Ext(address); err == nil && !known && ext != strings.ToLower(ext) {
		lower, err := content.ParsePath(strings.TrimSuffix(address, ext) + strings.ToLower(ext))
		if _, known := lower.Promises(); err == nil && known {
			b.lists = append(b.lists, content.Redirect{From: u, To: lower.String()})
			b.placeFile(file, lower.String())
			return
		}
	}
	if err == nil && known {
		_, err = u.File("", media.Type)
	}
	switch {
	case err != nil:
		b.warnings = append(b.warnings, Problem{File: file, What: "left out: " + err.Error()})
	case !known:
		b.placeUnknown(file, u)
	case b.byURL[u.Decoded()] != nil:
		b.clash(Problem{File: file, What: fmt.Sprintf("its URL %s is also that of %s", u, b.byURL[u.Decoded()].file)})
	case b.known[u.Decoded()]:
		if b.dialect.staticPath(file) == "" || len(b.dialect.statics) < 2 { // of several static folders the first has the word
			b.clash(Problem{File: file, What: fmt.Sprintf("its URL %s is also that of another file", u)})
		}
	default:
		b.fileURLs[file] = u
		b.known[u.Decoded()] = true
		b.leadFolder(u)
	}
}

// placeUnknown is for a file of a type that the gate does not know: it is left out, or
// its own name leads to one that says what it is.
func (b *Blog) placeUnknown(file string, u content.Path) {
	if why := b.whyNoFile(u.Decoded()); why != "" {
		b.warnings = append(b.warnings, Problem{File: file, What: "left out: " + why, group: "type " + path.Ext(file)})
		b.leftOut[strings.ToLower(path.Base(file))] = why
		return
	}
	plain := u.String() + b.plainEnding(file)
	b.lists = append(b.lists, content.Redirect{From: u, To: plain})
	b.placeFile(file, plain)
}

// Endings of files that are not published even where those of every type are.
var (
	scriptEndings = []string{".php", ".php3", ".php4", ".php5", ".phtml", ".phar", ".cgi", ".fcgi", ".asp", ".aspx", ".jsp", ".cfm", ".shtml"}
	secretEndings = []string{".pem", ".key", ".p12", ".pfx", ".kdbx", ".db", ".sqlite", ".sqlite3"}
)

// whyNoFile says why a file of a type that the gate does not know is left out, or "".
func (b *Blog) whyNoFile(decoded string) string {
	ending := strings.ToLower(path.Ext(decoded))
	switch {
	case slices.Contains(scriptEndings, ending):
		return "files of its type are scripts that a web server runs, and would show their source"
	case slices.Contains(secretEndings, ending):
		return "files of its type are keys or databases, and seldom meant for readers"
	case b.dialect.tool == "":
		return "files of its type cannot be published"
	}
	return ""
}

// plainEnding is an ending for a file of an unknown type, such as LICENSE: the gate
// tells types by endings. Text without control bytes at its beginning is text.
func (b *Blog) plainEnding(file string) string {
	f, err := b.fsys.Open(file)
	if err != nil {
		return ".bin"
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	head = head[:n]
	for cut := 0; cut < utf8.UTFMax && !utf8.Valid(head); cut++ {
		head = head[:len(head)-1] // a letter that goes on behind it
	}
	if !utf8.Valid(head) || bytes.ContainsFunc(head, func(r rune) bool { return r < ' ' && !unicode.IsSpace(r) }) {
		return ".bin"
	}
	return ".txt"
}

// leadFolder lets the path of a folder lead to its index.html, which every web server
// would send there, unless there is a page.
func (b *Blog) leadFolder(file content.Path) {
	for _, name := range []string{"index.html", "index.htm"} {
		if folder, ok := strings.CutSuffix(file.String(), "/"+name); ok {
			if from, err := content.ParsePath(folder + "/"); err == nil {
				b.lists = append(b.lists, content.Redirect{From: from, To: file.String()})
			}
		}
	}
}
