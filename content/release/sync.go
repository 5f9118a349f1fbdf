//go:build unix

package release

import (
	"io/fs"
	"os"
	"path/filepath"
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

// syncFiles makes a tree durable file by file, folders after their content,
// where the system has no syncfs.
func syncFiles(dir string) error {
	var folders []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			folders = append(folders, name)
			return nil
		}
		return syncPath(name)
	})
	for i := len(folders) - 1; i >= 0 && err == nil; i-- {
		err = syncPath(folders[i])
	}
	return err
}
