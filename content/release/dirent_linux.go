package release

import (
	"bytes"
	"encoding/binary"
	"io/fs"

	"golang.org/x/sys/unix"
)

// readFolder names the entries of an open folder, and their types. It reads as
// getdents64(2) writes them: an os.File makes three more calls for each folder,
// and a blog has a folder for each post.
func readFolder(fd int, buffer []byte, take func(name string, mode fs.FileMode)) error {
	const lengthAt, typeAt, nameAt = 16, 18, 19
	for {
		n, err := unix.Getdents(fd, buffer)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return err
		}
		for rest := buffer[:n]; len(rest) > nameAt; {
			length := int(binary.NativeEndian.Uint16(rest[lengthAt:]))
			name, _, _ := bytes.Cut(rest[nameAt:length], []byte{0})
			mode := direntMode(rest[typeAt])
			rest = rest[length:]
			if string(name) == "." || string(name) == ".." {
				continue
			}
			if mode == fs.ModeIrregular { // a file system that does not say
				var stat unix.Stat_t
				if err := unix.Fstatat(fd, string(name), &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
					return err
				}
				mode = direntMode(byte(stat.Mode & unix.S_IFMT >> 12))
			}
			take(string(name), mode)
		}
	}
}

// direntMode is the type of an entry, ModeIrregular if that is unknown.
func direntMode(kind byte) fs.FileMode {
	switch kind {
	case unix.DT_REG:
		return 0
	case unix.DT_DIR:
		return fs.ModeDir
	case unix.DT_LNK:
		return fs.ModeSymlink
	case unix.DT_UNKNOWN:
		return fs.ModeIrregular
	}
	return fs.ModeDevice
}
