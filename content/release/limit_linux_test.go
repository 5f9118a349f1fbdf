package release

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"icecap/content"
)

func init() {
	helpers["filesize"] = helpFileSize
	helpers["handles"] = helpHandles
}

// helpFileSize publishes under a limit of the size of a file, in bytes.
func helpFileSize(args []string) error {
	limit, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	return helpPublish([]string{args[0], "2"})
}

// helpHandles publishes with so few files open at once that it must fail.
func helpHandles(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	st, err := s.Stage(context.Background(), content.Scope{Source: "app"})
	if err != nil {
		return err
	}
	defer st.Discard()
	fd, err := unix.Open("/", unix.O_RDONLY, 0) // the lowest number that is free
	if err != nil {
		return err
	}
	limit := unix.Rlimit{Cur: uint64(fd) + 2, Max: uint64(fd) + 2}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	return crashSite(st, 2)
}

// A process may not write files as large as it must: a page, then the manifest.
func TestFileSizeLimit(t *testing.T) {
	for _, test := range []struct{ limit, words string }{
		{"2048", "write page /section-0/page-0: file too large"},
		{"3500", "write the manifest: "},
	} {
		t.Run(test.limit, func(t *testing.T) {
			dir := outDir(t)
			if _, err := publishVersion(dir, 1); err != nil {
				t.Fatal(err)
			}
			text, ok := output(t, helper(t, "filesize", dir, test.limit))
			if ok || !strings.Contains(text, test.words) {
				t.Errorf("it said %q, want %q in it", text, test.words)
			}
			s, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			if got := published(t, s)["/section-0/page-0"]; got != string(crashBody("/section-0/page-0", 1)) {
				t.Error("the old site was touched")
			}
			if left := leftovers(t, s); len(left) != 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

func TestTooManyOpenFiles(t *testing.T) {
	dir := outDir(t)
	if _, err := publishVersion(dir, 1); err != nil {
		t.Fatal(err)
	}
	text, ok := output(t, helper(t, "handles", dir))
	if ok || !strings.Contains(text, "page /section-0/page-0: too many open files") {
		t.Errorf("it said %q", text)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := published(t, s)["/section-0/page-0"]; got != string(crashBody("/section-0/page-0", 1)) {
		t.Error("the old site was touched")
	}
}
