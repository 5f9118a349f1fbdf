package theme

import (
	"fmt"
	"path"
	"strings"

	"icecap/content"
)

// An Asset is a file of the theme that pages load.
type Asset struct {
	Name string // relative to the theme's folder assets, "style.css"
	Type string // media type
	Body []byte
}

// AssetsFolder is where assets are published, below the site's home.
const AssetsFolder = "assets/"

// Assets lists what the theme publishes, by name.
func (t *Theme) Assets() map[string]Asset { return t.assets }

// readAssets takes the files below assets/ whose type can be published.
func readAssets(files map[string][]byte) map[string]Asset {
	assets := map[string]Asset{}
	for file, body := range files {
		name, ok := strings.CutPrefix(file, AssetsFolder)
		if !ok {
			continue
		}
		for _, media := range content.MediaTypes() {
			for _, suffix := range media.Suffixes {
				if suffix == path.Ext(name) {
					assets[name] = Asset{Name: name, Type: media.Type, Body: body}
				}
			}
		}
	}
	return assets
}

// asset is the path of an asset below the site's home.
func (t *Theme) asset(home, name string) (string, error) {
	if _, ok := t.assets[name]; !ok {
		return "", fmt.Errorf("the theme has no asset %q", name)
	}
	return home + AssetsFolder + name, nil
}
