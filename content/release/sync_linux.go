package release

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncTrees makes all files below the stage's folder and its tree durable. The
// handle must be as old as the oldest file: syncfs(2) reports the failed writes
// since it was opened.
func syncTrees(stage *os.File, tree string) error {
	err := unix.Syncfs(int(stage.Fd()))
	if err == unix.ENOSYS {
		return syncFiles(stage.Name(), tree)
	}
	return err
}
