//go:build unix

package nginx

import (
	"io/fs"
	"strconv"
	"syscall"
)

// owner is the decimal ids of a file's owner and group.
func owner(info fs.FileInfo) (uid, gid string, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", "", false
	}
	return strconv.FormatUint(uint64(stat.Uid), 10), strconv.FormatUint(uint64(stat.Gid), 10), true
}
