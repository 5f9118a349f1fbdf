//go:build unix && !linux

package release

import (
	"io"
	"io/fs"
	"os"
)

// readFolder names the entries of an open folder, and their types.
func readFolder(fd int, _ []byte, take func(name string, mode fs.FileMode)) error {
	own, err := openFolder(fd, ".") // to be closed
	if err != nil {
		return err
	}
	dir := os.NewFile(uintptr(own), ".")
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(4096)
		for _, e := range entries {
			take(e.Name(), e.Type())
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
