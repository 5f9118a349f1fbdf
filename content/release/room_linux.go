package release

import "golang.org/x/sys/unix"

// remotes are network file systems by their number in statfs(2) and in the
// kernel's linux/magic.h. FUSE is one of them as far as anyone can tell: sshfs
// and s3fs have its number, but so have some disks.
var remotes = map[uint32]string{
	unix.NFS_SUPER_MAGIC:   "NFS",
	unix.SMB_SUPER_MAGIC:   "SMB",
	unix.SMB2_SUPER_MAGIC:  "SMB",
	unix.CIFS_SUPER_MAGIC:  "SMB",
	unix.AFS_SUPER_MAGIC:   "AFS",
	unix.AFS_FS_MAGIC:      "AFS",
	unix.CODA_SUPER_MAGIC:  "Coda",
	unix.CEPH_SUPER_MAGIC:  "Ceph",
	unix.V9FS_MAGIC:        "9P",
	unix.FUSE_SUPER_MAGIC:  "FUSE",
	unix.OCFS2_SUPER_MAGIC: "OCFS2",
	0x01161970:             "GFS2",
	0x0bd00bd0:             "Lustre",
	0x47504653:             "GPFS",
}

func roomOf(dir string) (room, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return room{}, err
	}
	r := room{bytes: int64(s.Bavail) * s.Bsize, inodes: int64(s.Ffree), remote: remotes[uint32(s.Type)]}
	if s.Files == 0 { // Btrfs makes inodes as it needs them
		r.inodes = -1
	}
	return r, nil
}
