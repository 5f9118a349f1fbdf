package render

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"icecap/render/jekyll"
	"icecap/render/liquid"
)

// maxLayout bounds a layout, of which only the front matter is read, in bytes.
const maxLayout = 1 << 20

// layoutsDir is the folder of the layouts.
func (s *jekyllSite) layoutsDir() string {
	return path.Join(s.Source, cmp.Or(jekyll.Text(s.Values["layouts_dir"]), "_layouts"))
}

// readLayouts reads the front matter of the layouts: texts may ask for it, though nothing
// else of them is carried. One that cannot be read has none.
func (s *jekyllSite) readLayouts() {
	s.layouts = map[string]any{}
	_ = fs.WalkDir(s.fsys, s.layoutsDir(), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil
		}
		values := map[string]any{}
		if data, err := readLimited(s.fsys, name, maxLayout); err == nil && jekyll.HasFront(data) {
			if front, err := jekyll.Front(name, data); err == nil {
				values = front
			}
		}
		below := strings.TrimPrefix(name, s.layoutsDir()+"/")
		s.layouts[strings.TrimSuffix(below, path.Ext(below))] = values
		return nil
	})
}

// layoutValues are the fields of "layout": the front matter of the layout that a text names.
type layoutValues struct {
	c    *conversion
	site *jekyllSite
}

func (v *layoutValues) values() (name string, values map[string]any, ok bool) {
	name = jekyll.Text(v.c.post.params["layout"])
	values, ok = v.site.layouts[name].(map[string]any)
	return name, values, ok
}

// Keys are the names of the fields.
func (v *layoutValues) Keys() []string {
	_, values, _ := v.values()
	return slices.Sorted(keysOf(values))
}

// Get is a field. Of a layout that is not in the folder, as that of a theme, it is not known.
func (v *layoutValues) Get(key string) any {
	name, values, ok := v.values()
	if !ok && name != "" && name != "none" {
		v.c.warn(v.c.problemIn(0, fmt.Sprintf("layout.%s is empty: the layout %q is not in the folder", key, name), ""))
	}
	return liquidValue(values[key], v.c.blog.zone)
}

var _ liquid.Drop = (*layoutValues)(nil)
