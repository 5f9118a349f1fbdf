package nginx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A TestError is NGINX's own judgement of a configuration.
type TestError struct {
	Message string // what NGINX said, without the file's name
	Part    string // "http" or "server": which part of the [Config]; "" if neither
	Line    int    // from 1, in that part as printed; 0 if NGINX named none
	Excerpt string // the lines around it, numbered
}

func (e *TestError) Error() string {
	where := ""
	if e.Part != "" {
		where = fmt.Sprintf(", %s level, line %d", e.Part, e.Line)
	}
	text := "test configuration" + where + ": " + e.Message
	if e.Excerpt != "" {
		text += "\n" + strings.TrimRight(e.Excerpt, "\n")
	}
	return text
}

// testTime is how long nginx -t may take. It needs milliseconds, unless a host
// name of the app has to be looked up in a network that does not answer.
const testTime = 20 * time.Second

// Test lets NGINX judge a configuration with nginx -t, in a private folder that
// is removed again: no file of the system is read or written but NGINX itself.
// Run by root, NGINX runs as the user nobody where the folder for temporary
// files allows it, because nginx -t is not harmless: it opens the files and
// sockets that a configuration names. What NGINX objects to is a *[TestError].
// A sound configuration may still contain a location that does not exist: [Lint]
// finds those.
func Test(ctx context.Context, b Binary, c Config) error {
	p, err := newPrefix(b, c)
	if err != nil {
		return err
	}
	defer p.remove()
	p.main = Block{line("error_log", "stderr")}
	// nginx -t binds this port and does not mind if it is in use.
	if err := p.write("127.0.0.1:65533", Config{}, nil); err != nil {
		return err
	}
	var credential *user.User
	if os.Geteuid() == 0 {
		if nobody, err := user.Lookup("nobody"); err == nil && Readable(p.dir, nobody.Username) == nil && p.giveTo(nobody) == nil {
			credential = nobody
		}
	}
	return p.test(ctx, credential)
}

// A prefix is a temporary folder with a configuration that names no file
// outside of it but the site's own.
type prefix struct {
	dir    string
	binary Binary
	config Config
	main   Block // first lines of nginx.conf
	events Block // what events holds; nil is 1024 connections
	listen []string
}

// The files of a prefix.
const (
	mainFile   = "nginx.conf"
	httpFile   = "http.conf"
	serverFile = "server.conf"
	errorFile  = "error.log"
	pidFile    = "nginx.pid"
)

func newPrefix(b Binary, c Config) (*prefix, error) {
	if b.Path == "" {
		var err error
		if b, err = Find(); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "icecap-nginx-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for a private nginx: %w", err)
	}
	// MkdirTemp makes it 0700; a worker of another user must pass.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, errors.Join(fmt.Errorf("make a folder for a private nginx: %w", err), os.RemoveAll(dir))
	}
	return &prefix{dir: dir, binary: b, config: c}, nil
}

func (p *prefix) remove() error { return os.RemoveAll(p.dir) }

func (p *prefix) path(name string) string { return filepath.Join(p.dir, name) }

// giveTo makes the prefix writable for a user; root only.
func (p *prefix) giveTo(u *user.User) error {
	uid, gid, err := ids(u)
	if err != nil {
		return err
	}
	return filepath.WalkDir(p.dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, uid, gid))
	})
}

func ids(u *user.User) (uid, gid int, err error) {
	uid, err = strconv.Atoi(u.Uid)
	if err == nil {
		gid, err = strconv.Atoi(u.Gid)
	}
	return uid, gid, err
}

// write makes the files: a main file with one server that listens at address,
// and the two parts of the configuration as they would be included elsewhere.
func (p *prefix) write(address string, extra Config, location Block) error {
	server := Block{
		line("listen", append([]string{address}, p.listen...)...),
		line("server_name", "localhost"),
		line("client_max_body_size", "0"),
	}
	for _, name := range p.config.Outside {
		server = append(server, Directive{Name: "location", Args: []string{name}, Block: Block{line("return", "502")}})
	}
	server = append(append(append(server, location...), extra.Server...), line("include", serverFile))
	http := Block{line("access_log", "off"), line("default_type", "application/octet-stream"), line("sendfile", "on")}
	for _, module := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		if !p.binary.without("http_" + module) {
			http = append(http, line(module+"_temp_path", "tmp_"+module))
		}
	}
	events := p.events
	if events == nil {
		events = Block{line("worker_connections", "1024")}
	}
	http = append(append(http, extra.HTTP...), line("include", httpFile), Directive{Name: "server", Block: server})
	main := append(append(p.loadModules(), p.main...),
		line("daemon", "off"), line("pid", pidFile), line("lock_file", "nginx.lock"),
		Directive{Name: "events", Block: events},
		Directive{Name: "http", Block: http})
	for name, block := range map[string]Block{mainFile: main, httpFile: p.config.HTTP, serverFile: p.config.Server} {
		if err := os.WriteFile(p.path(name), []byte(block.String()), 0o644); err != nil {
			return fmt.Errorf("write configuration of a private nginx: %w", err)
		}
	}
	return nil
}

// loadModules are the lines for modules that the configuration needs and that are
// no part of the binary. An NGINX that lacks one says so of the directive.
func (p *prefix) loadModules() (b Block) {
	module, ok := p.binary.BrotliStatic()
	if ok && module != "" && strings.Contains(p.config.Server.String(), "brotli_static") {
		b = append(b, line("load_module", module))
	}
	return b
}

// command runs NGINX in the prefix. Its environment is empty but for what
// makes messages English.
func (p *prefix) command(ctx context.Context, args ...string) *exec.Cmd {
	all := []string{"-p", p.dir + "/", "-c", p.path(mainFile)}
	if p.binary.AtLeast("1.19.5") {
		all = append(all, "-e", "stderr") // else it complains of a log of the system that it may not write
	}
	cmd := exec.CommandContext(ctx, p.binary.Path, append(all, args...)...)
	cmd.Dir = p.dir
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC"}
	return cmd
}

// test runs nginx -t, as another user if one is given.
func (p *prefix) test(ctx context.Context, as *user.User) error {
	limited, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	cmd := p.command(limited, "-t")
	if as != nil {
		if err := runAs(cmd, as); err != nil {
			return fmt.Errorf("test configuration: %w", err)
		}
	}
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	switch exit := (*exec.ExitError)(nil); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("test configuration: %w", ctx.Err())
	case limited.Err() != nil:
		return fmt.Errorf("test configuration: nginx -t did not end within %s", testTime)
	case !errors.As(err, &exit):
		return fmt.Errorf("test configuration: run %s: %w", p.binary.Path, err)
	}
	return p.testError(string(out))
}

var (
	complaint = regexp.MustCompile(`\[(?:emerg|alert|crit|error)\] (?:\d+#\d+: )?(.*)`)
	place     = regexp.MustCompile(` in (\S+):(\d+)$`)
)

// testError finds the first complaint in what NGINX printed or logged.
func (p *prefix) testError(out string) *TestError {
	e := &TestError{Message: strings.TrimSpace(out)}
	found := complaint.FindStringSubmatch(out)
	if found == nil {
		return e
	}
	e.Message = found[1]
	at := place.FindStringSubmatch(e.Message)
	if at == nil {
		return e
	}
	switch filepath.Base(at[1]) {
	case httpFile:
		e.Part = "http"
	case serverFile:
		e.Part = "server"
	default:
		return e
	}
	e.Message = strings.TrimSuffix(e.Message, at[0])
	e.Line, _ = strconv.Atoi(at[2]) // digits
	if text, err := os.ReadFile(at[1]); err == nil {
		e.Excerpt = excerpt(text, e.Line)
	}
	return e
}

// excerpt shows a line with two before and one after it.
func excerpt(text []byte, number int) string {
	var w strings.Builder
	for i, line := range bytes.Split(text, []byte("\n")) {
		if n := i + 1; n >= number-2 && n <= number+1 {
			mark := "  "
			if n == number {
				mark = "> "
			}
			fmt.Fprintf(&w, "%s%4d  %s\n", mark, n, line)
		}
	}
	return w.String()
}
