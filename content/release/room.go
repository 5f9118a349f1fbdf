//go:build unix

package release

import (
	"fmt"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"
)

// A room is what a file system says of itself.
type room struct {
	bytes  int64  // that this user may still write
	inodes int64  // files that can still be made; -1 where there is no such limit
	remote string // the protocol of a network file system: "NFS"; "" for a disk of this machine
}

const (
	// leastBytes and leastInodes are what a stage without a single page takes:
	// its folders, its links and its lists. A folder and a file take a block each.
	leastBytes  = 64 << 10
	leastInodes = 8
)

// checkRoom refuses to begin what cannot end: the new manifest is about as long
// as the one before, whatever is shared. The error is a *[DiskError].
func (st *Stage) checkRoom() error {
	r, err := st.store.room(st.store.dir)
	if err != nil {
		return disk(err, "ask for the free space of %s", st.store.dir)
	}
	st.room = r
	needs := int64(leastBytes)
	if st.old != nil {
		needs += st.old.size
	}
	if r.bytes < needs {
		return disk(unix.ENOSPC, "begin a release in %s: it takes %s even if no page changes, and %s are free",
			st.store.dir, humanize.IBytes(uint64(needs)), humanize.IBytes(uint64(r.bytes)))
	}
	if 0 <= r.inodes && r.inodes < leastInodes {
		return disk(unix.ENOSPC, "begin a release in %s: it takes at least %d files and folders, and %d can be made",
			st.store.dir, leastInodes, r.inodes)
	}
	return nil
}

// Doubts says, in whole sentences, what may keep the file system of the output
// folder from its part: a network between it and this machine, or less room than
// the scope took in the previous release. That is no error: most pages may be
// unchanged, and take none.
func (st *Stage) Doubts() []string {
	var list []string
	r := st.room
	if r.remote != "" {
		list = append(list, fmt.Sprintf("%s is on a network file system (%s): other machines may see a new release late, "+
			"and its locks and renames may not survive a lost connection; publish to a local disk", st.store.dir, r.remote))
	}
	if st.old == nil || st.keys != nil {
		return list
	}
	if r.bytes < st.old.bytes {
		list = append(list, fmt.Sprintf("%s has %s free, and the pages of the last release take %s: if most of them changed, "+
			"this one does not fit (icecap prune)", st.store.dir, humanize.IBytes(uint64(r.bytes)), humanize.IBytes(uint64(st.old.bytes))))
	}
	if 0 <= r.inodes && r.inodes < int64(st.old.Pages) {
		list = append(list, fmt.Sprintf("%s has room for %d more files, and the last release has %d pages: if most of them changed, "+
			"this one does not fit (icecap prune)", st.store.dir, r.inodes, st.old.Pages))
	}
	return list
}
