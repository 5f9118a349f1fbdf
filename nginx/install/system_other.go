//go:build !unix

package install

import (
	"io/fs"
	"os"
)

func keepOwner(*os.File, fs.FileInfo) error { return nil }

func lockFile(*os.File) (ok bool, err error) { return true, nil }
