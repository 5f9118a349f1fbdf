//go:build !linux

package main

import (
	"io/fs"
	"os"
)

// beneath is the folder of a root.
func beneath(root *os.Root) (fs.FS, error) { return root.FS(), nil }
