package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// hugoModule is the rival, as the Go module proxy has it.
const hugoModule = "github.com/gohugoio/hugo@v0.164.0"

// blogPosts is the size of the blog; blogLarge shows what grows with it.
const (
	blogPosts = 10000
	blogLarge = 100000
)

// blog builds 10,000 posts by turns with Hugo, each with the same features (so without
// our search index) and, as Hugo does, without compressed files; with the index, and
// with compressed files beside it; and then again with nothing and with one post changed.
func (l *lab) blog() error {
	hugo, err := l.findHugo()
	if err != nil {
		return err
	}
	ours, theirs := l.path("blog"), l.path("hugo-blog")
	if _, err := l.measure(l.path("posts"), ours, fmt.Sprint(blogPosts)); err != nil {
		return err
	}
	if err := os.CopyFS(theirs, os.DirFS("hugo")); err != nil {
		return err
	}
	if err := os.Symlink(ours, filepath.Join(theirs, "content")); err != nil {
		return err
	}
	if err := l.blogCold(hugo, ours, theirs); err != nil {
		return err
	}
	return l.blogWarm(ours)
}

// findHugo takes Hugo from $HUGO or the path, or builds it, which takes minutes.
func (l *lab) findHugo() (string, error) {
	if name := os.Getenv("HUGO"); name != "" {
		return name, nil
	}
	if name, err := exec.LookPath("hugo"); err == nil {
		return name, nil
	}
	cmd := exec.CommandContext(l.ctx, "go", "install", hugoModule)
	cmd.Env = append(os.Environ(), "GOBIN="+l.dir, "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build Hugo: %w\n%s", err, out)
	}
	return l.path("hugo"), nil
}

func (l *lab) blogCold(hugo, ours, theirs string) error {
	var wall, cpu, memory, packed, whole, wholeCPU []float64
	var last [2]sample
	for round := range l.rounds {
		// Each into a new folder, and none is deleted between: see crawl.
		out := func(name string) string { return l.path(fmt.Sprintf("%s-%d", name, round)) }
		syscall.Sync()
		mine, err := l.buildSearch("false", ours, out("equal"))
		if err != nil {
			return err
		}
		syscall.Sync()
		found, err := l.buildSearch("true", ours, out("plain"))
		if err != nil {
			return err
		}
		syscall.Sync()
		compressed, err := l.measure(l.path("icecap"), "build", ours, "--out", out("packed"))
		if err != nil {
			return err
		}
		syscall.Sync()
		other, err := l.measure(hugo, "--quiet", "-s", theirs, "-d", out("hugo"))
		if err != nil {
			return err
		}
		wall = append(wall, other.wall.Seconds()/mine.wall.Seconds())
		cpu = append(cpu, other.cpu.Seconds()/mine.cpu.Seconds())
		whole = append(whole, other.wall.Seconds()/found.wall.Seconds())
		wholeCPU = append(wholeCPU, other.cpu.Seconds()/found.cpu.Seconds())
		packed = append(packed, compressed.wall.Seconds()/found.wall.Seconds())
		memory = append(memory, float64(other.rss)/float64(mine.rss))
		last = [2]sample{mine, other}
	}
	row("cold, 10,000 posts", "icecap", "Hugo", "Hugo / icecap (median)", "least to most")
	row("---", "---", "---", "---", "---")
	row("seconds, last round", last[0].wall.Seconds(), last[1].wall.Seconds(), median(wall), spread(wall))
	row("CPU seconds", last[0].cpu.Seconds(), last[1].cpu.Seconds(), median(cpu), spread(cpu))
	row("peak memory, MiB", last[0].rss>>20, last[1].rss>>20, median(memory), spread(memory))
	fmt.Printf("\nWith the search index, which the other has not, %.2f times as fast (%s), for the CPU %.2f times (%s).\n", median(whole), spread(whole), median(wholeCPU), spread(wholeCPU))
	fmt.Printf("\nWith .gz and .br beside each page icecap takes %.2f times as long (%s).\n\n", median(packed), spread(packed))
	return nil
}

// blogWarm builds again without a change, and after one line more in one post.
func (l *lab) blogWarm(ours string) error {
	out := l.path("blog-out")
	if _, err := l.measure(l.path("icecap"), "build", ours, "--out", out); err != nil {
		return err
	}
	var same, one, sameCPU, oneCPU []float64
	for n := range l.rounds {
		nothing, err := l.measure(l.path("icecap"), "build", ours, "--out", out)
		if err != nil {
			return err
		}
		if !strings.Contains(nothing.out, "nothing changed") {
			return fmt.Errorf("build without a change: %s", nothing.out)
		}
		name := filepath.Join(ours, "posts", "y003", fmt.Sprintf("post-%06d.md", 3000+n))
		if err := appendLine(name); err != nil {
			return err
		}
		change, err := l.measure(l.path("icecap"), "build", ours, "--out", out)
		if err != nil {
			return err
		}
		same, one = append(same, nothing.wall.Seconds()), append(one, change.wall.Seconds())
		sameCPU, oneCPU = append(sameCPU, nothing.cpu.Seconds()), append(oneCPU, change.cpu.Seconds())
	}
	row("warm, 10,000 posts", "seconds (median)", "least to most", "CPU seconds")
	row("---", "---", "---", "---")
	row("nothing changed", median(same), spread(same), median(sameCPU))
	row("one post changed, published", median(one), spread(one), median(oneCPU))
	return nil
}

func (l *lab) buildSearch(search, posts, out string) (sample, error) {
	return l.measure("env", "ICECAP_BUILD_SEARCH="+search, l.path("icecap"), "build", posts, "--out", out, "--compress=false")
}

// appendLine adds a line to a file that no build has seen.
func appendLine(name string) error {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "\nOne line more, at %s.\n", time.Now().Format(time.RFC3339Nano))
	return errors.Join(err, file.Close())
}

// blogScale builds ten times as many posts.
func (l *lab) blogScale() error {
	row("cold", "seconds", "CPU seconds", "peak memory, MiB")
	row("---", "---", "---", "---")
	for _, n := range []int{blogPosts, blogLarge} {
		dir, out := l.path(fmt.Sprintf("blog-%d", n)), l.path("blog-scale-out")
		if _, err := l.measure(l.path("posts"), dir, fmt.Sprint(n)); err != nil {
			return err
		}
		s, err := l.measure(l.path("icecap"), "build", dir, "--out", out, "--compress=false")
		if err := errors.Join(err, os.RemoveAll(out), os.RemoveAll(dir)); err != nil {
			return err
		}
		row(fmt.Sprintf("%d posts", n), s.wall.Seconds(), s.cpu.Seconds(), s.rss>>20)
	}
	return nil
}
