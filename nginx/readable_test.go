package nginx

import (
	"errors"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"testing"
)

// A folder that the worker cannot pass would send each page to the app without
// a word, so it is named, with what mends it.
func TestReadable(t *testing.T) {
	nobody := stranger(t)
	base := shared(t)
	for _, test := range []struct {
		path  string // which gets the mode, relative to base
		mode  os.FileMode
		chmod string // "" where nobody can read all
	}{
		{"home", 0o755, ""},
		{"home", 0o711, ""},
		{"home", 0o700, "chmod o+x "},
		{"home/out", 0o750, "chmod o+x "},
		{"home/out/releases", 0o700, "chmod o+x "},
		{"home/out/releases/1", 0o700, "chmod o+x "},
		{"home/out/releases/1/p", 0o744, "chmod o+x "},
		{"home/out/releases/1/p/docs", 0o700, "chmod o+x "},
		{"home/out/releases/1/p/docs/intro@.html", 0o600, "chmod o+r "},
		{"home/out/releases/1/p/docs/intro@.html", 0o604, ""},
	} {
		root := filepath.Join(base, "home", "out")
		if err := os.RemoveAll(filepath.Join(base, "home")); err != nil {
			t.Fatal(err)
		}
		release(t, root, "1", sitePages)
		path := filepath.Join(base, test.path)
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		err := Readable(root, nobody)
		var e *UnreadableError
		switch {
		case test.chmod == "" && err != nil:
			t.Errorf("%s %o: %v", test.path, test.mode, err)
		case test.chmod != "" && (!errors.As(err, &e) || e.Path != path || e.Chmod != test.chmod+path || e.User != nobody):
			t.Errorf("%s %o: %v, want %s%s", test.path, test.mode, err, test.chmod, path)
		}
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// stranger is a user without rights who is not the current one.
func stranger(t *testing.T) string {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nobody", "daemon", "bin"} {
		if u, err := user.Lookup(name); err == nil && u.Uid != me.Uid && u.Gid != me.Gid {
			return name
		}
	}
	t.Skip("needs a user nobody, daemon or bin")
	return ""
}

// What is not there yet cannot be unreadable; what stands above it can.
func TestReadableBeforeTheFirstRelease(t *testing.T) {
	nobody := stranger(t)
	base := shared(t)
	if err := Readable(filepath.Join(base, "not", "yet"), nobody); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(base, 0o700); err != nil {
		t.Fatal(err)
	}
	var e *UnreadableError
	if err := Readable(filepath.Join(base, "not", "yet"), nobody); !errors.As(err, &e) || e.Path != base {
		t.Errorf("%v", err)
	}
	var unknown user.UnknownUserError
	if err := Readable(base, "no-such-user"); !errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
	if err := Readable(base, "root"); err != nil {
		t.Error(err)
	}
}

// A socket must be writable.
func TestReadableSocket(t *testing.T) {
	nobody := stranger(t)
	base := shared(t)
	socket := filepath.Join(base, "app.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for mode, want := range map[os.FileMode]bool{0o666: true, 0o755: false} {
		if err := os.Chmod(socket, mode); err != nil {
			t.Fatal(err)
		}
		if err := Readable(socket, nobody); (err == nil) != want {
			t.Errorf("%o: %v", mode, err)
		}
	}
}
