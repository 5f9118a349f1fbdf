//go:build unix && !linux

package release

import "os"

// syncTree makes all files below dir durable.
func syncTree(dir *os.File) error { return syncFiles(dir.Name()) }
