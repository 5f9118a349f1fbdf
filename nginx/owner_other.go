//go:build !unix

package nginx

import "io/fs"

// owner is unknown where files have no owner and mode.
func owner(fs.FileInfo) (uid, gid string, known bool) { return "", "", false }
