//go:build unix

package release

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"icecap/content"
)

// gateMapName is the file of a release that NGINX includes.
const gateMapName = "gate.map"

// writeGateMap writes what NGINX must know of the release beside its files. What
// it holds is read back before anybody includes it. It is synced with the pages.
func (st *Stage) writeGateMap(assets []content.Entry, redirects []content.Redirect) error {
	m, _ := content.NewGateMap(assets, redirects)
	text := m.String()
	if _, err := content.ParseGateMap(text); err != nil {
		return fmt.Errorf("write the gate map: %w; please report it", err)
	}
	name := filepath.Join(st.dir.Name(), gateMapName)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return disk(err, "make the gate map")
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Chmod(fileMode)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return disk(err, "write the gate map")
}

// isAsset reports whether a page belongs into the gate map.
func isAsset(p *page) bool {
	if p.key.Variant == "" {
		return false
	}
	media, _ := content.MediaFor(p.media)
	return media.IsAsset()
}

// GateMap reads what NGINX must know of the release. It is empty for a release of
// a time when there was none. A *[CorruptError] means that the file was altered.
func (r *Release) GateMap() (content.GateMap, error) {
	text, err := os.ReadFile(filepath.Join(r.Dir, gateMapName))
	if errors.Is(err, fs.ErrNotExist) {
		return content.GateMap{}, nil
	}
	if err != nil {
		return content.GateMap{}, disk(err, "read the gate map of release %s", r.ID)
	}
	m, err := content.ParseGateMap(string(text))
	if err != nil {
		return content.GateMap{}, &CorruptError{r.ID, err.Error()}
	}
	return m, nil
}
