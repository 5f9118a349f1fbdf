package release

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncTree makes all files below dir durable. The handle of dir must be as old
// as its oldest file: syncfs(2) reports the failed writes since it was opened.
func syncTree(dir *os.File) error {
	err := unix.Syncfs(int(dir.Fd()))
	if err == unix.ENOSYS {
		return syncFiles(dir.Name())
	}
	return err
}
