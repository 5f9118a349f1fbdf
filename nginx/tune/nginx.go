package tune

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"icecap/nginx"
	"icecap/nginx/bench"
)

// NGINX starts private NGINXes with a gate and lets bench ask them.
type NGINX struct {
	Binary nginx.Binary
	Server nginx.Server // the gate; whether it keeps files open is a knob, so OpenFiles does not count
	Load   bench.Load   // its URLs are paths, such as "/about"
	// Dir is a folder for access logs, so that they cost what they cost on the disk
	// of this host.
	Dir string

	sink net.PacketConn // takes what access logs send by syslog
}

// Close ends what the driver itself holds.
func (d *NGINX) Close() error {
	if d.sink == nil {
		return nil
	}
	return d.sink.Close()
}

// A Gate is a running NGINX with a setting.
type Gate struct {
	process *nginx.Process
	load    bench.Load
	log     string // file of its access log, "" if it has none
}

// Start runs an NGINX with a setting of [NGINX.Knobs].
func (d *NGINX) Start(ctx context.Context, s Setting) (Subject, error) {
	server := d.Server
	server.OpenFiles = 0
	conf, err := server.Config()
	if err != nil {
		return nil, err
	}
	in := nginx.Instance{Binary: d.Binary}
	r := &Gate{load: d.Load}
	if in.Workers, err = strconv.Atoi(s[workerProcesses]); err != nil {
		return nil, fmt.Errorf("set worker_processes: %w", err)
	}
	in.Events = nginx.Block{directive("worker_connections", s[workerConnections])}
	if s[multiAccept] == "on" {
		in.Events = append(in.Events, directive("multi_accept", "on"))
	}
	if n := s[rlimitNofile]; n != asStarted {
		in.Main = append(in.Main, directive("worker_rlimit_nofile", n))
	}
	if s[reuseport] == "on" {
		in.Listen = []string{"reuseport"}
	}
	logLine, err := d.logLine(s, r)
	if err != nil {
		return nil, err
	}
	in.Extra.Server = nginx.Block{logLine, directive("sendfile", s[sendfile]), directive("keepalive_requests", s[keepaliveRequests])}
	in.Config = rebuilt(conf, s)
	if r.process, err = nginx.Start(ctx, in); err != nil {
		return nil, errors.Join(err, r.removeLog())
	}
	r.load.URLs = nil
	for _, path := range d.Load.URLs {
		r.load.URLs = append(r.load.URLs, r.process.URL()+path)
	}
	return r, nil
}

// logLine is where requests are logged.
func (d *NGINX) logLine(s Setting, r *Gate) (nginx.Directive, error) {
	if s[noLog] == "yes" {
		return directive("access_log", "off"), nil
	}
	if s[accessLog] == "syslog" {
		if err := d.openSink(); err != nil {
			return nginx.Directive{}, err
		}
		return directive("access_log", "syslog:server="+d.sink.LocalAddr().String(), "combined"), nil
	}
	dir, err := os.MkdirTemp(d.Dir, "icecap-tune-")
	if err != nil {
		return nginx.Directive{}, fmt.Errorf("make a folder for the access log: %w", err)
	}
	r.log = filepath.Join(dir, "access.log")
	if s[accessLog] == "buffered" {
		return directive("access_log", r.log, "combined", "buffer=64k", "flush=5s"), nil
	}
	return directive("access_log", r.log, "combined"), nil
}

// openSink listens where syslog messages go, as rsyslog would.
func (d *NGINX) openSink() error {
	if d.sink != nil {
		return nil
	}
	sink, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the access log: %w", err)
	}
	d.sink = sink
	go func() {
		for buffer := make([]byte, 64<<10); ; {
			if _, _, err := sink.ReadFrom(buffer); err != nil {
				return // closed
			}
		}
	}()
	return nil
}

// rebuilt changes what stands in the gate itself.
func rebuilt(c nginx.Config, s Setting) nginx.Config {
	var change func(nginx.Block) nginx.Block
	change = func(b nginx.Block) nginx.Block {
		if b == nil {
			return nil
		}
		out := make(nginx.Block, 0, len(b))
		for _, d := range b {
			switch {
			case d.Name == "open_file_cache" && d.Args[0] != "off" && s[openFileCache] == "trusted":
				d.Args = []string{"max=10000", "inactive=60s"}
			case d.Name == "open_file_cache_valid" && s[openFileCache] == "trusted":
				d.Args = []string{"60s"}
			case d.Name == "keepalive" && len(d.Args) == 1:
				d.Args = []string{s[upstreamKeepalive]}
			}
			d.Block = change(d.Block)
			out = append(out, d)
		}
		return out
	}
	c.HTTP, c.Server = change(c.HTTP), change(c.Server)
	return c
}

func directive(name string, args ...string) nginx.Directive {
	return nginx.Directive{Name: name, Args: args}
}

// Side is the load on it, for a comparison with others.
func (r *Gate) Side(name string) bench.Side {
	return bench.Side{Name: name, Load: r.load, Processes: []bench.Process{{Name: "nginx", PID: r.process.PID()}}}
}

// Measure asks for as long as the load says.
func (r *Gate) Measure(ctx context.Context) (Measurement, error) {
	round, err := bench.Measure(ctx, r.Side("nginx"))
	return Measured(round), err
}

// Stop ends it, and removes its log.
func (r *Gate) Stop() error { return errors.Join(r.process.Stop(), r.removeLog()) }

func (r *Gate) removeLog() error {
	if r.log == "" {
		return nil
	}
	return os.RemoveAll(filepath.Dir(r.log))
}
