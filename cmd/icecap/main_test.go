package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"icecap/content/release/bucket/s3test"
	"icecap/nginx"
)

// TestMain makes the test binary the program: a script's "icecap" is this code.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"icecap":   func() { os.Exit(Main()) },
		"testapp":  func() { os.Exit(testApp()) },
		"careless": func() { os.Exit(careless()) },
	})
}

// TestScripts runs the stories of testdata/script, which drive the real
// program. They have nine words of their own:
//
//	app FILE         starts a web app with the routes of FILE on a free port and
//	                 sets $APP to its address; called again, it changes the routes
//	stopapp          stops it; $APP stays
//	serve [ARG...]   starts "icecap serve" on a free port and sets $GATE
//	fetch URL        prints "STATUS SOURCE" and the body, SOURCE being X-Icecap or "app"
//	live FILE...     starts an NGINX in use with this main file, and what it
//	                 includes, and sets $LIVE to its address
//	bucket           starts an S3 server with the bucket "bucket", and sets the
//	                 environment that leads there
//	gone FILE        waits until the processes are gone whose numbers are in FILE
//	photo FILE W H   draws a photo of that size, which says where it was taken:
//	                 51.4779 north; another one in each call
//	asked            prints what the app was asked since the last time, "STATUS URI",
//	                 sorted; what a second stranger asked is marked "2nd"
//
// An app answers 304 to its own ETag or Last-Modified, with no other headers
// than RFC 9110 demands.
//
// A file of routes has blocks that end in a line "---": the path, a status if
// it is not 200, header lines, an empty line, the body. In both, "$RANDOM" is
// another number in each answer, "$FORWARDED" what X-Forwarded-Host says, "$PATH"
// the path that was asked for, and "$NEXT" that of the next month. A path that
// ends in "*" answers what no other path does. The header "!cut: N"
// ends the connection after N bytes of the body; "!repeat: N" repeats the body.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"app": scriptStartApp, "stopapp": scriptStopApp, "serve": scriptServe, "fetch": scriptFetch, "gone": scriptGone, "live": scriptLive,
			"asked": scriptAsked, "bucket": scriptBucket, "photo": scriptPhoto,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("NO_COLOR", "1")
			env.Values[appKey] = &scriptApp{}
			return nil
		},
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "root":
				return os.Geteuid() == 0, nil
			case "nginx":
				_, err := nginx.Find()
				return err == nil, nil
			case "s3":
				_, err := exec.LookPath("versitygw")
				return err == nil, nil
			case "mount":
				return canMount(), nil
			}
			return false, fmt.Errorf("unknown condition %q", condition)
		},
	})
}

// canMount reports whether there can be a mount namespace of one's own.
func canMount() bool {
	return exec.Command("unshare", "--mount", "mount", "-t", "tmpfs", "none", os.TempDir()).Run() == nil
}

// scriptServe starts the gate and waits for its address on standard output.
func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("serve takes no !")
	}
	program, err := os.Executable()
	ts.Check(err)
	// testscript.Main runs the command that the program is called by.
	cmd := exec.Command(program)
	cmd.Args = append([]string{"icecap", "serve", "--addr", "127.0.0.1:0"}, args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	ts.Check(err)
	ts.Setenv("GATE", strings.TrimSpace(strings.TrimPrefix(line, "serving ")))
}

// scriptBucket starts an S3 server for the story.
func scriptBucket(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: bucket")
	}
	server, err := s3test.Start(filepath.Join(ts.Getenv("WORK"), "s3"))
	ts.Check(err)
	ts.Defer(server.Stop)
	for name, value := range server.Env() {
		ts.Setenv(name, value)
	}
}

func scriptFetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fetch URL")
	}
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(args[0])
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	source := response.Header.Get("X-Icecap")
	if source == "" {
		source = "app"
	}
	fmt.Fprintf(ts.Stdout(), "%d %s\n%s", response.StatusCode, source, body)
}

// scriptLive starts an NGINX as an operator runs it. In its configuration
// "$APP" and "$ADDRESS" stand for addresses, "$WORK" for the folder, "$USER" for a
// user who may read that folder.
func scriptLive(ts *testscript.TestScript, neg bool, args []string) {
	binary, err := nginx.Find()
	if neg || len(args) == 0 || err != nil {
		ts.Fatalf("usage: live FILE..., where NGINX is installed")
	}
	listener, err := listenApp("")
	ts.Check(err)
	address, user := listener.Addr().String(), "#"
	listener.Close()
	if os.Geteuid() == 0 {
		user = "user root"
	}
	fill := strings.NewReplacer("$APP", strings.TrimPrefix(ts.Getenv("APP"), "http://"), "$ADDRESS", address, "$WORK", ts.Getenv("WORK"), "$USER", user).Replace
	for _, file := range args {
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(fill(ts.ReadFile(file))), 0o644))
	}
	cmd := exec.Command(binary.Path, "-p", ts.Getenv("WORK"), "-c", ts.MkAbs(args[0]), "-e", "stderr")
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	dieWithParent(cmd.SysProcAttr)
	var said bytes.Buffer
	cmd.Stderr = &said
	started := make(chan error)
	ended := make(chan struct{})
	go func() { // see startProcess
		runtime.LockOSThread()
		started <- cmd.Start()
		cmd.Wait()
		close(ended)
	}()
	ts.Check(<-started)
	ts.Defer(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	for ready := listening("tcp", address); ready() != nil; time.Sleep(5 * time.Millisecond) {
		select {
		case <-ended:
			ts.Fatalf("nginx ended: %s", said.String())
		default:
		}
	}
	ts.Setenv("LIVE", "http://"+address)
}
