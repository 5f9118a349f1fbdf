//go:build unix

package release

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"icecap/content"
)

// helperVariable names the story that this test binary tells as a child
// process, so that it can be killed, limited and traced.
const helperVariable = "ICECAP_TEST_HELPER"

// helpers are those stories; their arguments are the command line's. What they
// print is read by the parent, and an error is exit 1.
var helpers = map[string]func(args []string) error{
	"publish":  helpPublish,
	"loop":     helpLoop,
	"hold":     helpHold,
	"umask":    helpUmask,
	"rollback": helpRollback,
	"pages":    helpPages,
	"prune":    helpPrune,
}

func TestMain(m *testing.M) {
	name := os.Getenv(helperVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	// strace counts calls per thread.
	runtime.LockOSThread()
	if err := helpers[name](os.Args[1:]); err != nil {
		fmt.Printf("failed: %v\n", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// helper prepares a child process that tells a story.
func helper(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return withHelper(exec.Command(exe, args...), name)
}

func withHelper(cmd *exec.Cmd, name string) *exec.Cmd {
	cmd.Env = append(os.Environ(), helperVariable+"="+name)
	return cmd
}

// crashBody is a body that says which version of which page it is.
func crashBody(url string, version int) []byte {
	head := fmt.Sprintf("version %d of %s\n", version, url)
	body := append([]byte(head), bytes.Repeat([]byte{'x'}, 3000)...)
	if !strings.HasPrefix(url, "/section-0/") { // only these lie compressed beside themselves, too: each file is a step to be killed at
		rand.NewChaCha8(sha256.Sum256([]byte(head))).Read(body[len(head):])
	}
	return body
}

// crashSite stages one version of a site: pages that change each time, pages
// that change now and then, pages that never do.
func crashSite(st *Stage, version int) error {
	for i := range 24 {
		url, v := fmt.Sprintf("/section-%d/page-%d", i%5, i), version
		switch i % 3 {
		case 1:
			v = version / 4
		case 2:
			v = 0
		}
		path, err := content.ParsePath(url)
		if err != nil {
			return err
		}
		page := content.Page{Key: content.Key{Path: path}, MediaType: "text/html", Body: crashBody(url, v), Origin: url}
		if err := st.Page(page); err != nil {
			return err
		}
	}
	return nil
}

// publishVersion is a whole run, as a command does it.
func publishVersion(dir string, version int) (*Release, error) {
	s, err := Open(dir)
	if err != nil {
		return nil, err
	}
	st, err := s.Stage(context.Background(), content.Scope{Source: "app"})
	if err != nil {
		return nil, err
	}
	defer st.Discard()
	if err := crashSite(st, version); err != nil {
		return nil, err
	}
	if err := st.Check(Limits{}); err != nil {
		return nil, err
	}
	return st.Commit(context.Background())
}

// publishPages is a run for the pages of one version that are in the first
// section; it shares the folders of all others.
func publishPages(dir string, version int) (*Release, error) {
	s, err := Open(dir)
	if err != nil {
		return nil, err
	}
	scope := content.Scope{Source: "app", Keys: []content.Key{}}
	for _, url := range []string{"/section-0/page-0", "/section-0/page-15"} {
		path, err := content.ParsePath(url)
		if err != nil {
			return nil, err
		}
		scope.Keys = append(scope.Keys, content.Key{Path: path})
	}
	st, err := s.Stage(context.Background(), scope)
	if err != nil {
		return nil, err
	}
	defer st.Discard()
	for _, key := range scope.Keys {
		url := key.URL()
		page := content.Page{Key: key, MediaType: "text/html", Body: crashBody(url, version), Origin: url}
		if err := st.Page(page); err != nil {
			return nil, err
		}
	}
	if err := st.Check(Limits{}); err != nil {
		return nil, err
	}
	return st.Commit(context.Background())
}

// helpPages publishes some pages of one version: folder, number.
func helpPages(args []string) error {
	version, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	r, err := publishPages(args[0], version)
	if err == nil {
		fmt.Println("published", r.ID)
	}
	return err
}

// helpPrune deletes all releases that may be deleted.
func helpPrune(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	_, err = s.Prune(context.Background(), 1)
	return err
}

// helpPublish publishes one version: folder, number.
func helpPublish(args []string) error {
	version, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	r, err := publishVersion(args[0], version)
	if err == nil {
		fmt.Println("published", r.ID)
	}
	return err
}

// keepInLoop is how many releases helpLoop keeps: a reader may be so many behind.
const keepInLoop = 8

// helpLoop publishes and prunes until it is killed.
func helpLoop(args []string) error {
	for version := int(time.Now().UnixNano() % 1e6); ; version++ {
		publish := publishVersion
		if version%2 == 1 {
			publish = publishPages
		}
		r, err := publish(args[0], version)
		if err != nil {
			return err
		}
		fmt.Println("published", r.ID)
		s, err := Open(args[0])
		if err != nil {
			return err
		}
		if version%3 == 0 {
			if _, err := s.Prune(context.Background(), keepInLoop); err != nil {
				return err
			}
		}
		if version%7 == 0 {
			if r, err = s.Rollback(context.Background(), ""); err != nil {
				return err
			}
			fmt.Println("published", r.ID)
		}
	}
}

// helpHold stages pages and waits to be killed.
func helpHold(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	st, err := s.Stage(context.Background(), content.Scope{Source: "app"})
	if err != nil {
		return err
	}
	if err := crashSite(st, 1); err != nil {
		return err
	}
	fmt.Println("ready")
	time.Sleep(time.Minute)
	return nil
}

// helpRollback rolls back to the release before.
func helpRollback(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	_, err = s.Rollback(context.Background(), "")
	return err
}

// helpUmask publishes under the umask of a careful administrator.
func helpUmask(args []string) error {
	unix.Umask(0o077)
	return helpPublish([]string{args[0], "1"})
}

// output runs a child to its end and returns what it printed. It fails the
// test if the child ended in another way than by exit 0 or 1.
func output(t testing.TB, cmd *exec.Cmd) (text string, ok bool) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("helper: %v\n%s", err, out.String())
	}
	return out.String(), err == nil
}

// hold starts a child that stages, and returns when it has the lock.
func hold(t testing.TB, dir string) *exec.Cmd {
	t.Helper()
	cmd := helper(t, "hold", dir)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if line, err := bufio.NewReader(stdout).ReadString('\n'); strings.TrimSpace(line) != "ready" {
		t.Fatalf("helper said %q: %v", line, err)
	}
	return cmd
}

// outDir is a folder for a store that only child processes open.
func outDir(t testing.TB) string { return filepath.Join(t.TempDir(), "out") }
