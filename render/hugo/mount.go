package hugo

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Mount is a folder or a file of the site, and where it stands among the texts or the
// static files (module.mounts, contentDir, staticDir).
type Mount struct {
	Source   string // in the folder of the site, "." for all of it
	Target   string // below the texts or static files, "" for their top
	Language int    // of its texts, as an index of [Config.Languages]
	Files    []string
	rules    []fileRule
}

// A fileRule takes files in, or leaves them out.
type fileRule struct {
	out  bool
	glob *regexp.Regexp
}

// Find is the path of a file below the texts or static files, if it is of the mount.
func (m Mount) Find(file string) (below string, ok bool) {
	rest, ok := strings.CutPrefix(file, m.Source+"/")
	if m.Source == "." {
		rest, ok = file, true
	}
	if file == m.Source {
		rest, ok = "", true
	}
	return path.Join(m.Target, rest), ok && m.takes("/"+rest)
}

// Holds reports whether files of the mount are below a folder, or may be.
func (m Mount) Holds(dir string) bool {
	return m.Source == "." || dir == m.Source || strings.HasPrefix(dir, m.Source+"/") || strings.HasPrefix(m.Source, dir+"/")
}

// takes goes by the first rule that speaks of a file. Where some take files in, others
// are left out.
func (m Mount) takes(rest string) bool {
	choosy := false
	for _, rule := range m.rules {
		if rule.glob.MatchString(rest) {
			return !rule.out
		}
		choosy = choosy || !rule.out
	}
	return !choosy
}

// readMounts reads module.mounts as far as they are of this site's own folder. A part
// without a mount has the usual one.
func (c *Config) readMounts(all values) error {
	for _, table := range all.table("module").tables("mounts") {
		kind, target, _ := strings.Cut(path.Clean(table.text("target")), "/")
		if kind != "content" && kind != "static" {
			continue // layouts and what they read
		}
		m := Mount{Source: path.Clean(table.text("source")), Target: target, Files: table.texts("files")}
		m.Files = append(m.Files, table.texts("includefiles")...)
		for _, pattern := range table.texts("excludefiles") {
			m.Files = append(m.Files, "! "+pattern)
		}
		if err := m.readFiles(); err != nil {
			return err
		}
		if !fs.ValidPath(m.Source) {
			c.Ignored = append(c.Ignored, "module.mounts of "+m.Source)
			continue
		}
		if kind == "static" {
			c.Static = append(c.Static, m)
			continue
		}
		if err := c.mountTexts(m, table); err != nil {
			return err
		}
	}
	if len(c.Content) == 0 {
		c.Content = []Mount{{Source: c.ContentDir}}
		for i, l := range c.Languages {
			if dir := path.Clean(l.ContentDir); l.ContentDir != "" && dir != c.ContentDir {
				c.Content = append(c.Content, Mount{Source: dir, Language: i})
			}
		}
	}
	if len(c.Static) == 0 {
		c.Static = staticDirs(all)
	}
	if top := slices.IndexFunc(c.Content, func(m Mount) bool { return m.Target == "" }); top >= 0 {
		c.ContentDir = c.Content[top].Source
	}
	// A file belongs to the deepest folder that is mounted.
	slices.SortStableFunc(c.Content, func(x, y Mount) int { return len(y.Source) - len(x.Source) })
	return nil
}

// mountTexts adds a mount of texts. A folder has its texts once; another file may lie at
// several places.
func (c *Config) mountTexts(m Mount, table values) error {
	lang := table.text("lang")
	list := table.table("sites", "matrix").texts("languages")
	if len(list) > 0 {
		lang = list[0]
	}
	alone := !slices.Contains([]string{"", ".md", ".markdown", ".html", ".htm", ".org"}, strings.ToLower(path.Ext(m.Source)))
	if len(list) > 1 || !alone && slices.ContainsFunc(c.Content, func(known Mount) bool { return known.Source == m.Source && len(known.rules)+len(m.rules) == 0 }) {
		c.Ignored = append(c.Ignored, "module.mounts of "+m.Source+" once more")
		if len(list) < 2 {
			return nil
		}
	}
	m.Language = max(slices.IndexFunc(c.Languages, func(l Language) bool { return strings.EqualFold(l.Key, lang) }), 0)
	c.Content = append(c.Content, m)
	return nil
}

func (m *Mount) readFiles() error {
	for _, pattern := range m.Files {
		pattern, out := strings.CutPrefix(pattern, "! ")
		re, err := glob("/" + strings.TrimPrefix(pattern, "/"))
		if err != nil {
			return fmt.Errorf("module.mounts: the pattern %q cannot be read", pattern)
		}
		m.rules = append(m.rules, fileRule{out, re})
	}
	return nil
}

// staticDirs are staticDir, a text or a list, and staticDir0 to staticDir10. Hugo copies
// one after the other, so that the last one goes before the others.
func staticDirs(all values) (mounts []Mount) {
	for i := -1; i <= 10; i++ {
		key := "staticdir"
		if i >= 0 {
			key += strconv.Itoa(i)
		}
		for _, dir := range all.texts(key) {
			mounts = append(mounts, Mount{Source: path.Clean(cmp.Or(dir, "static"))})
		}
	}
	if len(mounts) == 0 {
		mounts = []Mount{{Source: "static"}}
	}
	slices.Reverse(mounts)
	return mounts
}
