//go:build unix && !linux

package release

import "os"

// syncTrees makes all files below the stage's folder and its tree durable.
func syncTrees(stage *os.File, tree string) error { return syncFiles(stage.Name(), tree) }
