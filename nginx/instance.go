package nginx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An Instance is a private NGINX to be started: on the loopback, with its own
// folder of logs and temporary files, without any file of the system's NGINX.
//
// Started by root, the workers run as nobody if nobody can read the site, as a
// worker of the system's NGINX would, and as root only where that is the one
// user who can (a folder of mode 0700). Else they run as the current user.
type Instance struct {
	Config Config // from [Server.Config], or any other for a comparison
	// Binary is [Find]'s if it is zero.
	Binary Binary
	// Address is a loopback address with a port; "" is 127.0.0.1 with a free port.
	Address string
	// Workers is the number of worker processes; 0 is one. Each takes 1024
	// connections, visitors' and app's together, as any user may open as many files,
	// unless Events says otherwise.
	Workers int
	// AccessLog is a file that gets a line a request, in the format of
	// [LogFormat], or "" for none.
	AccessLog string
	// Extra lines come before those of Config in the same block.
	Extra Config
	// Main lines stand outside all blocks, Events in place of those of the events
	// block, and Listen are parameters of listen, such as "reuseport". They are for
	// trying out what they do.
	Main, Events Block
	Listen       []string
	// Log is told of start and stop; nil is silence.
	Log *slog.Logger
}

// A Process is a running private NGINX. It ends with [Process.Stop], and on
// Linux also when this program dies in whatever way.
type Process struct {
	instance Instance
	prefix   *prefix
	address  string
	pid      int
	ended    chan struct{} // closed when the master has been waited for
	stop     sync.Once
	stopped  error
}

// startTime is how long a private NGINX may take to answer, and to end.
const startTime = 20 * time.Second

// Start tests the configuration, starts an NGINX with it and waits until it
// answers. ctx bounds the start alone. What NGINX objects to is a *[TestError].
func Start(ctx context.Context, in Instance) (*Process, error) {
	if in.Log == nil {
		in.Log = slog.New(slog.DiscardHandler)
	}
	pre, err := newPrefix(in.Binary, in.Config)
	if err != nil {
		return nil, err
	}
	p := &Process{instance: in, prefix: pre}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, pre.remove())
	}
	in.Log.Info("nginx started", "url", p.URL(), "pid", p.pid, "version", pre.binary.Version)
	return p, nil
}

// start tries again with another free port if somebody took the first one
// between our look and NGINX's bind.
func (p *Process) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := p.mainLines(); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		if err := p.chooseAddress(); err != nil {
			return err
		}
		ready := line("return", "200", strconv.Itoa(os.Getpid())+" "+p.prefix.dir)
		location := Directive{Name: "location", Args: []string{"=", p.readyPath()}, Block: Block{line("access_log", "off"), ready}}
		if err := p.prefix.write(p.address, p.instance.Extra, Block{location}); err != nil {
			return err
		}
		if err := p.prefix.test(ctx, nil); err != nil {
			return err
		}
		if err := p.run(); err != nil {
			return err
		}
		err := p.waitReady(ctx)
		if err == nil {
			return nil
		}
		err = errors.Join(err, p.end())
		if attempt == 3 || p.instance.Address != "" || !strings.Contains(err.Error(), "Address already in use") {
			return err
		}
	}
}

// mainLines makes the first lines of the main file.
func (p *Process) mainLines() error {
	p.prefix.main = Block{
		line("error_log", errorFile, "notice"),
		line("worker_processes", strconv.Itoa(max(p.instance.Workers, 1))),
	}
	if p.prefix.binary.compilesExpressions() {
		p.prefix.main = append(p.prefix.main, compiled())
	}
	p.prefix.main = append(p.prefix.main, p.instance.Main...)
	p.prefix.events, p.prefix.listen = p.instance.Events, p.instance.Listen
	if os.Geteuid() == 0 {
		name, group, err := workerUser(p.instance.Config)
		if err != nil {
			return fmt.Errorf("choose a user for the workers of a private nginx: %w", err)
		}
		p.prefix.main = append(p.prefix.main, line("user", name, group))
	}
	if p.instance.AccessLog != "" {
		site := p.instance.Config.Site
		p.instance.Extra.HTTP = append(Block{LogFormat(site)}, p.instance.Extra.HTTP...)
		p.instance.Extra.Server = append(Block{line("access_log", p.instance.AccessLog, logFormatName(site))}, p.instance.Extra.Server...)
	}
	return nil
}

// workerUser is nobody, or root where nobody cannot read a folder of the site
// or reach the app's socket.
func workerUser(c Config) (name, group string, err error) {
	u, err := user.Lookup("nobody")
	if err == nil {
		for _, path := range c.paths() {
			err = errors.Join(err, Readable(path, u.Username))
		}
	}
	if err != nil {
		if u, err = user.Current(); err != nil {
			return "", "", err
		}
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		return "", "", err
	}
	return u.Username, g.Name, nil
}

// paths are the folders and sockets that a configuration names.
func (c Config) paths() []string {
	var paths []string
	var walk func(Block)
	walk = func(b Block) {
		for _, d := range b {
			if len(d.Args) > 0 {
				if socket, ok := strings.CutPrefix(d.Args[0], "unix:"); ok && d.Name == "server" {
					paths = append(paths, socket)
				} else if d.Name == "root" {
					paths = append(paths, strings.TrimSuffix(d.Args[0], "/current"))
				}
			}
			walk(d.Block)
		}
	}
	walk(c.HTTP)
	walk(c.Server)
	return paths
}

func (p *Process) chooseAddress() error {
	if address := p.instance.Address; address != "" {
		parsed, err := netip.ParseAddrPort(address)
		if err != nil || !parsed.Addr().IsLoopback() || parsed.Port() == 0 {
			return &FieldError{"Address", address, "must be a loopback address with a port: a private nginx is for this machine alone"}
		}
		p.address = address
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("find a free port: %w", err)
	}
	p.address = listener.Addr().String()
	return listener.Close()
}

// run starts the master. The goroutine keeps its thread until the master has
// ended, because on Linux the master ends with the thread that started it.
func (p *Process) run() error {
	cmd := p.prefix.command(context.Background())
	attach(cmd)
	errs, err := os.Create(p.prefix.path("stderr.log"))
	if err != nil {
		return fmt.Errorf("start nginx: %w", err)
	}
	cmd.Stdout, cmd.Stderr = errs, errs
	started := make(chan error)
	p.ended = make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		errs.Close() // the child has its own
		started <- err
		if err == nil {
			cmd.Wait() // its end is seen in the log, or was asked for
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start nginx: %w", err)
	}
	p.pid = cmd.Process.Pid
	return nil
}

// readyPath is a URL path that nobody else asks for.
func (p *Process) readyPath() string { return "/-icecap-ready/" + strconv.Itoa(os.Getpid()) }

// waitReady polls until this NGINX, and not another that has the port, answers.
func (p *Process) waitReady(ctx context.Context) error {
	want := strconv.Itoa(os.Getpid()) + " " + p.prefix.dir
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	for {
		if res, err := client.Get(p.URL() + p.readyPath()); err == nil {
			body, err := io.ReadAll(io.LimitReader(res.Body, 4096))
			res.Body.Close()
			if err == nil && string(body) == want {
				return nil
			}
		}
		select {
		case <-p.ended:
			said, _ := os.ReadFile(p.prefix.path("stderr.log")) // may be missing
			e := p.prefix.testError(p.ErrorLog() + string(said))
			return fmt.Errorf("start nginx: it ended at once: %w", e)
		case <-ctx.Done():
			return fmt.Errorf("start nginx: it does not answer at %s: %w", p.URL(), ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// URL is where it listens, such as "http://127.0.0.1:34567".
func (p *Process) URL() string { return "http://" + p.address }

// PID is the master's process id.
func (p *Process) PID() int { return p.pid }

// ErrorLog is what NGINX has logged so far, from level notice up.
func (p *Process) ErrorLog() string {
	text, _ := os.ReadFile(p.prefix.path(errorFile)) // "" before the first line
	return string(text)
}

// Reload lets NGINX read its configuration again, with all that it includes,
// and waits until no worker of before takes new connections.
func (p *Process) Reload(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	before := len(p.ErrorLog())
	if err := signalReload(p.pid); err != nil {
		return fmt.Errorf("reload nginx: %w", err)
	}
	for {
		// A worker logs this between its last accept and closing its sockets.
		news := []byte(p.ErrorLog()[before:])
		if bytes.Contains(news, []byte("[emerg]")) {
			return fmt.Errorf("reload nginx: %w", p.prefix.testError(string(news)))
		}
		if bytes.Count(news, []byte("gracefully shutting down")) >= max(p.instance.Workers, 1) {
			return nil
		}
		select {
		case <-p.ended:
			return errors.New("reload nginx: it has ended")
		case <-ctx.Done():
			return fmt.Errorf("reload nginx: old workers still take connections: %w", ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// stopTime is how long requests under way may take when NGINX is stopped.
const stopTime = 3 * time.Second

// Stop ends NGINX, gives requests under way three seconds, and removes its
// folder. Later calls return what the first one did.
func (p *Process) Stop() error {
	p.stop.Do(func() {
		p.stopped = errors.Join(p.end(), p.prefix.remove())
		p.instance.Log.Info("nginx stopped", "url", p.URL(), "pid", p.pid)
	})
	return p.stopped
}

// end signals only the child that run started, and only while it has not been waited for.
func (p *Process) end() error {
	select {
	case <-p.ended:
		return nil
	default:
	}
	if err := signalQuit(p.pid); err == nil {
		select {
		case <-p.ended:
			return nil
		case <-time.After(stopTime):
		}
	}
	if err := killGroup(p.pid); err != nil {
		return fmt.Errorf("stop nginx, process %d: %w", p.pid, err)
	}
	<-p.ended
	return nil
}
