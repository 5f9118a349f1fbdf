package release

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// steps are the system calls that change something, or wait for the disk.
// Calls that an architecture lacks are passed over.
const steps = "flock,fsync,syncfs,fdatasync,ftruncate,pwrite64,?mkdir,mkdirat,linkat,?symlink,symlinkat," +
	"?rename,renameat,?renameat2,?unlink,unlinkat,?chmod,fchmodat,fchmod,utimensat"

// traced prepares a publisher under strace.
func traced(t *testing.T, options []string, dir, version string) *exec.Cmd {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("needs strace: install the package strace")
	}
	if text, err := exec.Command(strace, "-e", "trace=fsync", "true").CombinedOutput(); err != nil {
		t.Skipf("strace must not trace here: %v: %s", err, text)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-f", "-qq"}, options...)
	return withHelper(exec.Command(strace, append(args, exe, dir, version)...), "publish")
}

// A failed sync of the output folder comes after the commit point. The first
// release is then unpublished again, and a rollback undone.
func TestLastSyncFails(t *testing.T) {
	t.Run("of the first release", func(t *testing.T) {
		s := newStore(t)
		fault := step{"fsync", 4}.inject("error=EIO")
		text, ok := output(t, traced(t, append(fault, "-e", "trace=fsync", "-o", "/dev/null"), s.dir, "1"))
		if ok || !strings.Contains(text, "sync folder "+s.dir+": input/output error") {
			t.Errorf("it said %q", text)
		}
		list, err := s.Releases()
		if _, current := s.Current(); current != ErrNoRelease || err != nil || len(list)+len(leftovers(t, s)) > 0 {
			t.Errorf("current: %v; releases %v: %v; left behind: %q", current, list, err, leftovers(t, s))
		}
	})
	t.Run("of a rollback", func(t *testing.T) {
		s, was := oldSite(t)
		fault := step{"fsync", 1}.inject("error=EIO")
		cmd := withHelper(traced(t, append(fault, "-e", "trace=fsync", "-o", "/dev/null"), s.dir, ""), "rollback")
		if text, ok := output(t, cmd); ok || !strings.Contains(text, "input/output error") {
			t.Errorf("it said %q", text)
		}
		if is, err := s.Current(); err != nil || is.ID != was.ID {
			t.Errorf("current is %v, want %s: %v", is, was.ID, err)
		}
	})
}

// oldSite publishes a site with all that the next release can take over.
func oldSite(t *testing.T) (*Store, *Release) {
	t.Helper()
	dir := outDir(t)
	if _, err := publishVersion(dir, 1); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, publish(t, s, all("blog"), files{"/blog": "x", "/blog/app.3f9a1c2b.css": "y"})
}

// The order of the package comment, as the kernel sees it.
func TestOrderOfCalls(t *testing.T) {
	s, _ := oldSite(t)
	log := filepath.Join(t.TempDir(), "log")
	text, ok := output(t, traced(t, []string{"-y", "-e", "trace=" + steps, "-e", "signal=none", "-o", log}, s.dir, "2"))
	if !ok {
		t.Fatal(text)
	}
	trace, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	out := regexp.QuoteMeta(s.dir)
	want := []struct{ what, call string }{
		{"take the writer's lock", `flock\(\d+<` + out + `/lock>, LOCK_EX\|LOCK_NB\) += 0`},
		{"link the stage to its tree", `symlink\w*\("../../trees/000003", .*/releases/\.stage-\d+/p"\) += 0`},
		{"make its tree", `mkdir\w*\(.*/trees/000003", 0755\) += 0`},
		{"hide its tree", `chmod\w*\(.*/trees/000003", 0700.*\) += 0`},
		{"write a page", `utimensat\(`},
		{"link a page", `linkat\(`},
		{"share a folder", `symlink\w*\("../000002/blog", \d+<.*/trees/000003>, "blog"\) += 0`},
		{"show the tree", `fchmod\(\d+<` + out + `/trees/000003>, 0755\) += 0`},
		{"sync all", `syncfs\(\d+<` + out + `/releases/\.stage-\d+>\) += 0`},
		{"sync the manifest", `fsync\(\d+<` + out + `/releases/\.stage-\d+/manifest\.jsonl>\) += 0`},
		{"sync the stage", `fsync\(\d+<` + out + `/releases/\.stage-\d+>\) += 0`},
		{"take the commit lock", `flock\(\d+<` + out + `/releases>, LOCK_EX\|LOCK_NB\) += 0`},
		{"rename the stage", `rename\w*\(.*/releases/\.stage-\d+", .*/releases/000003-[0-9a-f]{8}".*\) += 0`},
		{"sync the releases", `fsync\(\d+<` + out + `/releases>\) += 0`},
		{"make the link", `symlink\w*\("releases/000003-[0-9a-f]{8}", .*/\.current-next"\) += 0`},
		{"rename the link", `rename\w*\(.*/\.current-next", .*/current".*\) += 0`},
		{"sync the output folder", `fsync\(\d+<` + out + `>\) += 0`},
	}
	// A call during which another thread makes one stands in two lines.
	trace = regexp.MustCompile(`(?s)(\n\d+ +)([^\n]*) <unfinished \.\.\.>(.*?)\n\d+ +<\.\.\. \w+ resumed>([^\n]*)`).ReplaceAll(append([]byte("\n"), trace...), []byte("$3$1$2$4"))
	rest := string(trace)
	for _, step := range want {
		at := regexp.MustCompile(step.call).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("no call, or not in its place: %s (%s)\n%s", step.what, step.call, trace)
		}
		rest = rest[at[1]:]
	}
	if n := strings.Count(string(trace), "sync("); n != 4 {
		t.Errorf("%d calls of fsync, want 4 whatever the number of pages", n)
	}
	// Nothing is written into the stage once it is being synced.
	_, after, _ := strings.Cut(string(trace), "syncfs(")
	for _, line := range strings.Split(after, "\n") {
		if regexp.MustCompile(` (utimensat|linkat|mkdir\w*|fchmod\w*)\(|trees`).MatchString(line) {
			t.Errorf("after the sync: %s", line)
		}
	}
}

// publishedVersion reports which version of crashSite is published, and fails if
// anything is not whole. All but the story "publish" change only what publishPages does.
func publishedVersion(t *testing.T, s *Store, story string) string {
	t.Helper()
	site := published(t, s)
	if site["/blog"] != "x" || site["/blog/app.3f9a1c2b.css"] != "y" || len(site) != 26 {
		t.Fatalf("the published site has %q", slices.Sorted(maps.Keys(site)))
	}
	var version int
	fmt.Sscanf(site["/section-0/page-0"], "version %d", &version)
	for url, body := range site {
		var i int
		if fmt.Sscanf(filepath.Base(url), "page-%d", &i); i%3 == 0 && strings.HasPrefix(url, "/section") {
			want := version
			if story != "publish" && !strings.HasPrefix(url, "/section-0/") {
				want = 1
			}
			if body != string(crashBody(url, want)) {
				t.Fatalf("page %s is of another version than %d", url, want)
			}
		}
	}
	return fmt.Sprint(version)
}

// A step is the nth time that a publisher makes a call.
type step struct {
	call string
	n    int
}

func (s step) inject(fault string) []string {
	return []string{"-e", fmt.Sprintf("inject=%s:%s:when=%d", s.call, fault, s.n)}
}

// countSteps traces one run of a story and returns its steps. Of a call that is
// made once per page it returns the first two and the last.
func countSteps(t *testing.T, story string) []step {
	t.Helper()
	s := storySite(t, story)
	log := filepath.Join(t.TempDir(), "log")
	if text, ok := output(t, withHelper(traced(t, []string{"--seccomp-bpf", "-e", "trace=" + steps, "-o", log}, s.dir, "2"), story)); !ok {
		t.Fatal(text)
	}
	trace, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^\d+ +(\w+)\(`).FindAllStringSubmatch(string(trace), -1) {
		count[m[1]]++
	}
	var list []step
	for _, call := range slices.Sorted(maps.Keys(count)) {
		for n := 1; n <= count[call]; n++ {
			if n <= 2 || n == count[call] || count[call] <= 6 {
				list = append(list, step{call, n})
			}
		}
	}
	if len(list) < 15 {
		t.Fatalf("there are only the steps %v", list)
	}
	return list
}

// storySite publishes what a story needs: a site, to prune also releases that
// share with it.
func storySite(t *testing.T, story string) *Store {
	t.Helper()
	if story == "copy" {
		return copySite(t)
	}
	s, _ := oldSite(t)
	if story == "prune" {
		for version := 2; version <= 5; version++ {
			if _, err := publishPages(s.dir, version%2); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// TestKillAtEveryStep kills a publisher, and who prunes, as it makes each of its
// calls, one after the other.
func TestKillAtEveryStep(t *testing.T) {
	for _, story := range []string{"publish", "pages", "prune"} {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			killAtEveryStep(t, story)
		})
	}
}

func killAtEveryStep(t *testing.T, story string) {
	stages, done := 0, 0
	all := countSteps(t, story)
	for _, step := range all {
		s := storySite(t, story)
		cmd := withHelper(traced(t, append(step.inject("signal=KILL"), "-o", "/dev/null", "-e", "trace="+step.call), s.dir, "2"), story)
		// strace itself was seen to wait for ever for a thread that it killed.
		stuck := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		text, err := cmd.CombinedOutput()
		stuck.Stop()
		if err == nil {
			t.Errorf("%v: it was not killed: %s", step, text)
		}
		version := publishedVersion(t, s, story)
		if strings.Contains(string(text), "published") && version != "2" {
			t.Errorf("%v: it was called published, but is not", step)
		}
		if len(leftovers(t, s)) > 0 {
			stages++
		}
		if version == "2" {
			done++
		}
		again, err := Open(s.dir)
		if err != nil {
			t.Fatalf("%v: Open: %v", step, err)
		}
		if left := leftovers(t, again); len(left) != 0 {
			t.Errorf("%v: left after a recovery: %q", step, left)
		}
		if left := strays(t, again); len(left) != 0 {
			t.Errorf("%v: left in the trees after a recovery: %q", step, left)
		}
		wholeReleases(t, again)
		if r, err := publishVersion(s.dir, 3); err != nil {
			t.Errorf("%v: the next run: %v", step, err)
		} else if _, err := verify(r); err != nil || publishedVersion(t, s, "publish") != "3" {
			t.Errorf("%v: the next run: %v", step, err)
		}
	}
	t.Logf("killed at %d steps; it left a stage %d times, and the new site %d times", len(all), stages, done)
	if least := map[string]int{"publish": 10, "pages": 10, "prune": 4}[story]; stages < least || (done == 0) != (story == "prune") || done > 6 {
		t.Error("the kills did not spread over the steps")
	}
}

// wholeReleases verifies all releases on disk.
func wholeReleases(t *testing.T, s *Store) {
	t.Helper()
	list, err := s.Releases()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if _, err := verify(r); err != nil {
			t.Error(err)
		}
	}
}

// TestErrorAtEveryStep lets each of a publisher's calls fail, one after the
// other. It must end with an error and the old site, or with the new site.
func TestErrorAtEveryStep(t *testing.T) {
	for _, story := range []string{"publish", "pages"} {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			errorAtEveryStep(t, story)
		})
	}
}

func errorAtEveryStep(t *testing.T, story string) {
	for i, step := range countSteps(t, story) {
		errno, words := "EIO", "input/output error"
		if i%2 == 1 {
			errno, words = "ENOSPC", "no space left on device"
		}
		s := storySite(t, story)
		log := filepath.Join(t.TempDir(), "log")
		text, ok := output(t, withHelper(traced(t, append(step.inject("error="+errno), "--seccomp-bpf", "-y", "-o", log, "-e", "trace="+step.call), s.dir, "2"), story))
		trace, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		call := regexp.MustCompile(`.*\(INJECTED\)`).FindString(string(trace))
		version := publishedVersion(t, s, story)
		switch {
		case call == "":
			t.Errorf("%v: there was no error: %s", step, trace)
		case ok && version != "2" || !ok && version != "1":
			t.Errorf("%s: version %s is published, but it ended with %v: %s", call, version, ok, text)
		case ok && !harmless(call):
			t.Errorf("%s: the error was ignored", call)
		case !ok && !strings.Contains(text, words):
			t.Errorf("%s: the message is %q, want %q in it", call, text, words)
		}
		if left := leftovers(t, s); len(left) > 0 && !strings.Contains(call, "unlink") {
			t.Errorf("%s: left behind: %q", call, left)
		}
		if left := strays(t, s); len(left) > 0 && !strings.Contains(call, "unlink") {
			t.Errorf("%s: left in the trees: %q", call, left)
		}
	}
}

// harmless reports whether a publisher may go on after a failed call: the
// holder's name in the lock, which is for people only; giving back a lock
// that ends with its file; making a folder that is there; removing a link that
// is not.
func harmless(call string) bool {
	return strings.Contains(call, "LOCK_UN") ||
		regexp.MustCompile(`(ftruncate|pwrite64)\(\d+<.*/lock>`).MatchString(call) ||
		strings.Contains(call, "mkdir") && strings.Contains(call, `/out", 0755`) ||
		strings.Contains(call, "unlink") && strings.Contains(call, "/.current-next")
}
