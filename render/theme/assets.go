package theme

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"
	"github.com/tdewolff/minify/v2/svg"
	"github.com/tdewolff/parse/v2"

	"icecap/content"
)

// An Asset is a file of the theme that pages load.
type Asset struct {
	Name string // relative to the theme's folder assets, "style.css"
	Type string // media type
	Body []byte // empty of one of [Theme.Library] that is vendored

	file string // that holds the body instead
}

// AssetsFolder is where assets are published, below the site's home.
const AssetsFolder = "assets/"

// A published asset is what templates need to load it.
type published struct {
	name      string // with its fingerprint
	integrity string // for the attribute of that name (Subresource Integrity)
}

// Assets lists what the theme publishes, by name, besides [Theme.Library]: the files below assets/ whose
// type the gate knows. Each file lies there by its own
// name, so that files can refer to one another, and but for source maps by its
// fingerprinted name, too, which is the one that pages use.
func (t *Theme) Assets() map[string]Asset { return t.assets }

// readAssets takes the files below assets/ whose type can be published.
func (t *Theme) readAssets(o Options) error {
	t.assets, t.features, t.published = map[string]Asset{}, map[Feature][]Asset{}, map[string]published{}
	list, err := library()
	if err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(t.files)) {
		body := t.files[file]
		name, ok := strings.CutPrefix(file, AssetsFolder)
		if !ok {
			continue
		}
		media := mediaOf(name)
		if media == "" {
			continue
		}
		if !o.Unminified && !leftAlone(name, body) {
			small, err := shrink(media, body)
			if err != nil {
				return t.badAsset(file, err)
			}
			body = small
		}
		t.publish(Asset{Name: name, Type: media, Body: body}, sha256.Sum256(body), featureOf(name, list))
	}
	t.publishLibrary(list)
	return nil
}

// Fingerprint is 12 digits of the hash. A letter stands first and a digit last,
// so that caches and releases can tell that it is a hash, and no word or date.
func Fingerprint(sum [sha256.Size]byte) string {
	return "h" + hex.EncodeToString(sum[:5]) + fmt.Sprint(sum[5]%10)
}

func mediaOf(name string) string {
	for _, media := range content.MediaTypes() {
		for _, suffix := range media.Suffixes {
			if suffix == path.Ext(name) {
				return media.Type
			}
		}
	}
	return ""
}

// leftAlone tells what is not minified: what says that it has been, and what has
// a source map, which would point to the wrong places.
func leftAlone(name string, body []byte) bool {
	return strings.Contains(name, ".min.") || bytes.Contains(body, []byte("sourceMappingURL="))
}

// shrink minifies a style sheet, a script or a drawing; others stay as they are.
func shrink(media string, body []byte) ([]byte, error) {
	m := minify.New()
	m.Add("text/css", &css.Minifier{})
	m.Add("text/javascript", &js.Minifier{})
	m.Add("image/svg+xml", &svg.Minifier{})
	small, err := m.Bytes(media, body)
	if errors.Is(err, minify.ErrNotExist) {
		return body, nil
	}
	return small, err
}

func (t *Theme) badAsset(file string, err error) error {
	e := &Error{File: file, Err: err}
	var syntax *parse.Error
	if errors.As(err, &syntax) {
		e.Line = syntax.Line
		e.Err = fmt.Errorf("%s (a file named x.min%s is left as it is)", syntax.Message, path.Ext(file))
	}
	e.Excerpt = t.line(file, e.Line)
	return e
}

// asset is the path of an asset below the site's home.
func (t *Theme) asset(home, name string) (string, error) {
	p, err := t.find(name)
	return t.top(home) + AssetsFolder + p.name, err
}

// top is the path below which assets lie, by that of the front page of a language.
func (t *Theme) top(home string) string { return strings.TrimSuffix(home, t.folder) }

// stylesheet and script are the elements that load an asset, and nothing else in
// its place: browsers compare it with its hash (Subresource Integrity).
func (t *Theme) stylesheet(home, name string) (template.HTML, error) {
	return t.element(`<link rel="stylesheet" href="%s" integrity="%s">`, home, name)
}

func (t *Theme) script(home, name string) (template.HTML, error) {
	return t.element(`<script src="%s" integrity="%s" defer></script>`, home, name)
}

func (t *Theme) element(format, home, name string) (template.HTML, error) {
	p, err := t.find(name)
	if err != nil {
		return "", err
	}
	return template.HTML(fmt.Sprintf(format, template.HTMLEscapeString(t.top(home)+AssetsFolder+p.name), p.integrity)), nil
}

// integrity is the hash by which browsers know an asset, for a script that loads it.
func (t *Theme) integrity(name string) (string, error) {
	p, err := t.find(name)
	return p.integrity, err
}

func (t *Theme) hasAsset(name string) bool { return t.published[name].name != "" }

func (t *Theme) find(name string) (published, error) {
	p, ok := t.published[name]
	if !ok {
		return p, fmt.Errorf("the theme has no asset %q", name)
	}
	return p, nil
}
