//go:build unix

package release

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// syncPath makes one file or folder durable.
func syncPath(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	err = f.Sync()
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// syncFiles makes folders durable file by file, folders after their content,
// where the system has no syncfs; last the folders that the given ones are in.
func syncFiles(dirs ...string) error {
	var folders []string
	for _, dir := range dirs {
		folders = append(folders, filepath.Dir(dir))
	}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir():
				folders = append(folders, name)
			case d.Type().IsRegular(): // a link is in its folder
				return syncPath(name)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, name := range slices.Backward(folders) {
		if err := syncPath(name); err != nil {
			return err
		}
	}
	return nil
}
