package render

import (
	"encoding/json"
	"fmt"

	"icecap/render/hugo"
)

// hugoDialect is the dialect of a folder of Hugo, or nil if it is none.
func (f *Folder) hugoDialect() (*dialect, error) {
	files := hugo.Files(f.FS)
	if len(files) == 0 {
		return nil, nil
	}
	d := ours()
	d.tool, d.root, d.files = "Hugo", "content", files
	config, err := json.Marshal(files)
	if err != nil {
		return nil, fmt.Errorf("note the configuration: %w", err)
	}
	d.config = config
	return d, nil
}
