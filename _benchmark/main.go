// Command _benchmark measures what icecap promises, each figure beside a named
// rival in the same run: rounds are interleaved (A B C A B C), and what is
// reported is the median of the rounds' ratios, because an absolute time says
// more about the machine than about the program.
//
//	go run -C _benchmark . [-rounds 7] [blog] [watch] [crawl] [live] [gate] [publish] [hot] [client] [tune] [tunenginx] [story] [refreeze]
//	go run -C _benchmark . same
//	go run -C _benchmark . [-pages 1000,10000,100000,1000000] scale
//	go run -C _benchmark . [-rounds 7] million
//
// It needs nginx, wget, wrk and, for live, python3 with Flask and gunicorn.
// Everything runs on the loopback and ends with the program.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"icecap/nginx"
)

// A lab is the place of one run: a temporary folder with the programs in it.
type lab struct {
	ctx    context.Context
	dir    string
	rounds int
	binary nginx.Binary
	stops  []func()

	masters map[string]int // process ids of the NGINX that were started, by address
}

func main() {
	rounds := flag.Int("rounds", 7, "interleaved rounds of each comparison")
	pages := flag.String("pages", "1000,10000,100000,1000000", "sizes of the app that scale freezes")
	flag.Parse()
	if err := run(*rounds, *pages, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(rounds int, pages string, names []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "icecap-benchmark-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l := &lab{ctx: ctx, dir: dir, rounds: rounds}
	defer l.stop()
	if l.binary, err = nginx.Find(); err != nil {
		return err
	}
	if err := l.build(); err != nil {
		return err
	}
	all := []struct {
		name string
		run  func() error
	}{{"crawl", l.crawl}, {"live", l.live}, {"gate", l.gate}, {"publish", l.publish}, {"hot", l.hot}, {"client", l.client}, {"tune", l.tune}, {"tunenginx", l.tuneNGINX}, {"story", l.story}, {"same", l.same}, {"refreeze", l.refreeze},
		{"blog", l.blog}, {"blogscale", l.blogScale}, {"blogparts", l.blogParts}, {"watch", l.watch},
		{"million", l.million}, {"scale", func() error { return l.scale(pages) }}}
	large := []string{"same", "scale", "blogscale", "million"}
	for _, part := range all {
		// A million pages take minutes, and gigabytes in the temporary folder.
		if len(names) > 0 && !slices.Contains(names, part.name) || len(names) == 0 && slices.Contains(large, part.name) {
			continue
		}
		fmt.Printf("## %s\n\n", part.name)
		if err := part.run(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		fmt.Println()
	}
	return nil
}

// stop ends what was started, the last first.
func (l *lab) stop() {
	for _, stop := range slices.Backward(l.stops) {
		stop()
	}
}

func (l *lab) build() error {
	for name, folder := range map[string]string{
		"icecap": "../cmd/icecap", "shop": "../cmd/shop", "colly": "colly", "bare": "bare", "posts": "posts",
	} {
		cmd := exec.CommandContext(l.ctx, "go", "build", "-o", l.path(name), ".")
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	return nil
}

func (l *lab) path(parts ...string) string {
	return filepath.Join(append([]string{l.dir}, parts...)...)
}

// A sample is one run of one program.
type sample struct {
	wall time.Duration
	cpu  time.Duration
	rss  int64 // bytes, at the peak
	out  string
}

// measure runs a program to its end.
func (l *lab) measure(name string, args ...string) (sample, error) {
	cmd := exec.CommandContext(l.ctx, name, args...)
	cmd.Dir = l.dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	s := sample{wall: time.Since(start), out: out.String()}
	if state := cmd.ProcessState; state != nil {
		s.cpu = state.UserTime() + state.SystemTime()
		s.rss = state.SysUsage().(*syscall.Rusage).Maxrss * 1024
	}
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out.String())
	}
	return s, err
}

// start runs a server until the lab stops.
func (l *lab) start(ready string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = l.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return err
	}
	l.stops = append(l.stops, func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		cmd.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", ready); err == nil {
			conn.Close()
			return nil
		}
	}
	return fmt.Errorf("start %s: no answer at %s\n%s", filepath.Base(name), ready, out.String())
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// median of a list that is not empty.
func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// spread is the smallest and the largest value.
func spread(list []float64) string {
	return fmt.Sprintf("%.2f to %.2f", slices.Min(list), slices.Max(list))
}

// row prints a line of a Markdown table.
func row(cells ...any) {
	text := make([]string, len(cells))
	for i, cell := range cells {
		if f, ok := cell.(float64); ok {
			text[i] = fmt.Sprintf("%.2f", f)
		} else {
			text[i] = fmt.Sprint(cell)
		}
	}
	fmt.Println("| " + strings.Join(text, " | ") + " |")
}
