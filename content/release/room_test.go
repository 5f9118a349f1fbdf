//go:build unix

package release

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"icecap/content"
)

// TestRoom: what cannot end is not begun, and what may not end is said.
func TestRoom(t *testing.T) {
	s := newStore(t)
	is := room{bytes: 1 << 30, inodes: 1 << 20}
	s.room = func(string) (room, error) { return is, nil }
	publish(t, s, all("app"), files{"/": strings.Repeat("home", 1<<20), "/1": "", "/2": "", "/3": "", "/4": "", "/5": "", "/6": "", "/7": "", "/8": ""})
	for _, test := range []struct {
		is    room
		scope content.Scope
		fails string
		says  []string
	}{
		{room{bytes: 1 << 30, inodes: 1 << 20}, all("app"), "", nil},
		{room{bytes: 1 << 30, inodes: -1}, all("app"), "", nil}, // no limit
		{room{bytes: 1 << 30, inodes: -1, remote: "NFS"}, all("app"), "", []string{"network file system (NFS)"}},
		{room{bytes: 1 << 20, inodes: 8}, all("app"), "", []string{"1.0 MiB free", "8 more files"}},
		{room{bytes: 1 << 20, inodes: 8}, only(t, "/1"), "", nil}, // one page is small
		{room{bytes: 65 << 10, inodes: 8}, all("app"), "65 KiB are free", nil},
		{room{bytes: 0, inodes: -1}, only(t, "/1"), "0 B are free", nil},
		{room{bytes: 1 << 30, inodes: 7}, only(t, "/1"), "7 can be made", nil},
	} {
		is = test.is
		st, err := s.Stage(t.Context(), test.scope)
		if test.fails != "" {
			var full *DiskError
			if !errors.As(err, &full) || !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), test.fails) || !strings.Contains(full.Hint(), "icecap prune") {
				t.Errorf("%+v: %v, want a DiskError with %q and a hint", test.is, err, test.fails)
			}
			if left, err := s.leftovers(true); err != nil || len(left) > 0 {
				t.Errorf("%+v: left behind: %q, %v", test.is, left, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", test.is, err)
			continue
		}
		said := st.Doubts()
		st.Discard()
		if len(said) != len(test.says) {
			t.Errorf("%+v: %q, want %q", test.is, said, test.says)
			continue
		}
		for i := range said {
			if !strings.Contains(said[i], test.says[i]) {
				t.Errorf("%+v: %q, want %q", test.is, said[i], test.says[i])
			}
		}
	}
}

// TestRoomOfThisDisk: the system's own answer makes sense.
func TestRoomOfThisDisk(t *testing.T) {
	r, err := roomOf(t.TempDir())
	if err != nil || r.bytes <= 0 || r.inodes == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := roomOf("/nowhere"); err == nil {
		t.Error("a folder that does not exist has room")
	}
}
