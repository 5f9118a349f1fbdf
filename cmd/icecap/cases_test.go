package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// badCases are the bad inputs and faults of serving, of the configuration and
// of a publish, each with the tests that prove what is expected. A proof is
// "FOLDER.TestName", or "script.NAME" for a story of testdata/script.
var badCases = []struct {
	what, expected string
	proofs         []string
}{
	// Serving.
	{"POST, PUT, DELETE, OPTIONS, PURGE for a frozen URL", "the app answers, not 405", []string{"nginx.TestLeftToApp", "nginx/probe.TestGatesAnswerAlike"}},
	{"a query on a frozen URL that is not declared", "the app answers", []string{"nginx.TestLeftToApp", "script.query"}},
	{"a session cookie, or Authorization", "the app answers", []string{"nginx.TestLeftToApp", "nginx.TestCookieMap", "cmd/icecap.TestFlask"}},
	{"HEAD and Range", "the right headers, from disk", []string{"nginx.TestPagesFromDisk", "nginx.TestConditionsAndRanges"}},
	{"If-None-Match after an edit of the same size", "200, not 304", []string{"nginx.TestNewBytesAreNo304", "content/release.TestTimes"}},
	{"requests while releases change", "old or new bytes, never 404", []string{"nginx.TestFlipUnderRequests", "cmd/icecap.TestKill"}},
	{"a page that the new release no longer has", "the app answers", []string{"nginx.TestPageGone"}},
	{"a file whose bytes are not those of the manifest", "named by verify", []string{"script.verify", "nginx/probe.TestVerifyNamesWhatIsWrongOnDisk"}},
	{"a direct request for the manifest or a file of a release", "the app answers", []string{"nginx.TestLeftToApp", "nginx.TestNoApp", "nginx.TestNoWayIntoTheEmptyFolder"}},
	// Configuration.
	{"a value with ; } quote, newline, $, NUL or a backslash at the end", "an error names the field, nothing is written", []string{"nginx.TestRefusedValues", "nginx.FuzzServer", "nginx.TestHostRefuses", "script.bad_config", "script.backends"}},
	{"nginx -t fails or hangs, or NGINX is missing", "the old configuration stays; never ok", []string{"nginx.TestTestErrors", "nginx.TestTestLeavesNothing", "nginx.TestFind", "nginx/install.TestRealFailures", "script.install"}},
	{"the configuration or the output folder cannot be written", "an error, nothing is changed", []string{"cmd/icecap.TestOrdinaryUser", "content/release.TestFolderWithoutPermission", "script.bad_folder"}},
	{"the operator has edited a generated file", "not written over without a flag", []string{"nginx/install.TestEditedSince"}},
	{"old workers linger after a reload", "a release that they may still read is kept", []string{"content/release.TestPrune", "cmd/icecap.TestPruneUnderDownload", "cmd/icecap.TestOrdinaryUser"}},
	{"the reload is refused", "the old files are back, the exit code is not 0", []string{"nginx/install.TestRealFailures", "nginx/install.TestFailureAtEveryStep", "script.redirect"}},
	// Publish faults.
	{"kill -9 at any step", "the old release or the new one, whole", []string{"content/release.TestKillAtEveryStep", "content/release.TestKillLoop", "cmd/icecap.TestKill", "nginx/install.TestCrash"}},
	{"power loss", "files are synced before they are named", []string{"content/release.TestOrderOfCalls"}},
	{"the disk is full", "the old release stays", []string{"content/release.TestDiskFull", "content/release.TestErrorAtEveryStep", "content/release.TestRoom"}},
	{"no inodes are left", "the old release stays", []string{"content/release.TestInodesFull"}},
	{"fsync fails", "that release is never published", []string{"content/release.TestLastSyncFails", "content/release.TestFailedStageIsNotPublished"}},
	{"the disk becomes read-only", "the old release stays", []string{"content/release.TestReadOnlyDisk"}},
	{"too many open files", "the old release stays", []string{"content/release.TestTooManyOpenFiles"}},
	{"two publishers", "the second ends with the first one's process id", []string{"content/release.TestTwoPublishers", "script.publishers"}},
	{"the clock is set back", "changed pages still get a later time", []string{"content/release.TestTimes"}},
	{"a corrupt or missing manifest", "that release cannot be selected, and is named", []string{"content/release.TestCorruptManifest", "content/release.TestBrokenCurrent"}},
	{"a release is deleted during a slow download", "the file can be read to its end", []string{"cmd/icecap.TestPruneUnderDownload"}},
	{"somebody deletes the current release", "an error names the way back, nothing is guessed", []string{"content/release.TestBrokenCurrent"}},
	{"most pages are gone", "nothing is published without --allow-shrink", []string{"content/release.TestCheck", "script.limits"}},
}

// TestBadCases sees that each case has a proof that exists.
func TestBadCases(t *testing.T) {
	for _, c := range badCases {
		if len(c.proofs) == 0 {
			t.Errorf("%s: nothing proves that %s", c.what, c.expected)
		}
		for _, proof := range c.proofs {
			at := strings.LastIndexByte(proof, '.')
			folder, name := proof[:at], proof[at+1:]
			if folder == "script" {
				if _, err := os.Stat(filepath.Join("testdata", "script", name+".txtar")); err != nil {
					t.Errorf("%s: %v", c.what, err)
				}
				continue
			}
			if !hasTest(t, filepath.Join("..", "..", folder), name) {
				t.Errorf("%s: %s has no %s", c.what, folder, name)
			}
		}
	}
}

func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func ` + name + `\(`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if declared.Match(text) {
			return true
		}
	}
	return false
}

// A visitor downloads slowly while the release is replaced, pruned and gone: he
// gets the file to its end.
func TestPruneUnderDownload(t *testing.T) {
	const size = 16 << 20 // more than the sockets' buffers hold
	version := 0
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "<a href=/film.mp4>version %d</a>", version)
		case "/film.mp4":
			w.Header().Set("Content-Type", "video/mp4")
			io.WriteString(w, strings.Repeat(string(rune('a'+version)), size))
		default:
			http.NotFound(w, r)
		}
	}))
	defer app.Close()
	out := filepath.Join(t.TempDir(), "frozen")
	must := func(args ...string) {
		t.Helper()
		if stdout, stderr, code := icecap(t, args...); code != 0 {
			t.Fatalf("icecap %v: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	freeze := func() { must("freeze", app.URL, "--out", out, "--max-body", "32MiB") }
	freeze()
	first, err := filepath.EvalSymlinks(filepath.Join(out, "current"))
	if err != nil {
		t.Fatal(err)
	}
	gate := startGate(t, "--out", out)
	conn, err := net.Dial("tcp", strings.TrimPrefix(gate.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "GET /film.mp4 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.Header.Get("X-Icecap") != "disk" {
		t.Fatalf("%v %v", response, err)
	}
	for version = 1; version <= 2; version++ {
		freeze()
	}
	must("prune", "--out", out, "--keep", "1")
	if _, err := os.Stat(first); !os.IsNotExist(err) {
		t.Fatalf("the first release is still there: %v", err)
	}
	hash := sha256.New()
	if n, err := io.Copy(hash, response.Body); err != nil || n != size {
		t.Fatalf("%d bytes of %d: %v", n, size, err)
	}
	if want := sha256.Sum256([]byte(strings.Repeat("a", size))); string(hash.Sum(nil)) != string(want[:]) {
		t.Error("the bytes are not those of the release that was asked")
	}
}
