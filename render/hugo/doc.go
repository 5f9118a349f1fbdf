// Package hugo knows the folder of a Hugo site: it reads the configuration, and has
// Hugo's rules for URLs, heading ids and dates as functions of plain values. It
// knows nothing of pages. The rules are those of Hugo 0.164 as its documentation
// (gohugo.io) and its behaviour have them.
package hugo

import (
	"io/fs"
	"path"
)

// configNames are the files at the top that Hugo reads as its configuration, in the
// order in which it looks for them.
var configNames = []string{"hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml", "config.yml", "config.json"}

// configDir is the folder of the configuration's parts.
const configDir = "config/_default"

// Files lists the files of the configuration, none if the folder is not one of
// Hugo's: it is if there is one by the tool's name, or another one beside a folder
// "content".
func Files(fsys fs.FS) []string {
	var files []string
	for _, name := range configNames {
		if info, err := fs.Stat(fsys, name); err == nil && info.Mode().IsRegular() {
			files = append(files, name)
			break
		}
	}
	parts, _ := fs.ReadDir(fsys, configDir) // need not be there
	for _, part := range parts {
		switch path.Ext(part.Name()) {
		case ".toml", ".yaml", ".yml", ".json":
			files = append(files, configDir+"/"+part.Name())
		}
	}
	if len(files) > 0 && files[0][0] == 'h' {
		return files
	}
	if info, err := fs.Stat(fsys, "content"); err != nil || !info.IsDir() {
		return nil
	}
	return files
}
