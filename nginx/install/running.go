package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"icecap/nginx"
)

// An NGINX is how the NGINX that is in use is called.
type NGINX struct {
	Path   string // of the program
	Conf   string // its main configuration file; "" is the program's own
	Prefix string // nginx -p; "" is the program's own
	// Reload is a shell command that makes it read its configuration again; ""
	// is nginx -s reload.
	Reload string
}

// commandTime is how long a call of NGINX may take.
const commandTime = 30 * time.Second

// run calls NGINX with its own files, or a shell command.
func (n NGINX) run(ctx context.Context, args ...string) (stdout string, err error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	all := args
	if args[0] != "sh" {
		all = []string{n.Path}
		if n.Prefix != "" {
			all = append(all, "-p", n.Prefix)
		}
		if n.Conf != "" {
			all = append(all, "-c", n.Conf)
		}
		all = append(all, args...)
	}
	cmd := exec.CommandContext(ctx, all[0], all[1:]...)
	cmd.WaitDelay = time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return "", &CommandError{Command: strings.Join(all, " "), Said: strings.TrimSpace(errs.String()), Err: err}
	}
	return out.String(), nil
}

// A CommandError is a call of NGINX, or of the reload command, that failed.
type CommandError struct {
	Command string
	Said    string // on standard error
	Err     error
}

func (e *CommandError) Error() string {
	if e.Said == "" {
		return fmt.Sprintf("run %s: %v", e.Command, e.Err)
	}
	return fmt.Sprintf("run %s: %v\n%s", e.Command, e.Err, e.Said)
}

func (e *CommandError) Unwrap() error { return e.Err }

func (n NGINX) test(ctx context.Context) error {
	_, err := n.run(ctx, "-t", "-q")
	return err
}

func (n NGINX) reload(ctx context.Context) error {
	args := []string{"-s", "reload"}
	if n.Reload != "" {
		args = []string{"sh", "-c", n.Reload}
	}
	_, err := n.run(ctx, args...)
	return err
}

// A file is one of those that NGINX reads.
type file struct {
	path  string
	text  string
	block nginx.Block
}

// A running is a configuration as NGINX reads it.
type running struct {
	dir   string // of the main file: what an include is relative to
	files map[string]*file
	order []string
}

var dumped = regexp.MustCompile(`(?m)^# configuration file (/[^\n]*):$`)

// read asks NGINX which files it reads, and reads them. A configuration that
// NGINX does not understand is a *[CommandError].
func (n NGINX) read(ctx context.Context) (*running, error) {
	out, err := n.run(ctx, "-T", "-q")
	if err != nil {
		return nil, fmt.Errorf("read the running configuration: %w", err)
	}
	r := &running{files: map[string]*file{}}
	for _, m := range dumped.FindAllStringSubmatch(out, -1) {
		path := m[1]
		if r.files[path] != nil {
			continue
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // a line of a comment
		}
		if err != nil {
			return nil, fmt.Errorf("read the running configuration: %w", err)
		}
		f := &file{path: path, text: string(text)}
		if f.block, err = nginx.Parse(f.text); err != nil {
			f.block = nil // what NGINX includes need not be directives, such as the words of a list
		}
		r.files[path], r.order = f, append(r.order, path)
	}
	if len(r.order) == 0 {
		return nil, errors.New("read the running configuration: nginx -T lists no file")
	}
	r.dir = filepath.Dir(r.order[0])
	return r, nil
}

// A placed is a directive and the file in which it stands.
type placed struct {
	nginx.Directive
	file *file
}

func (p placed) String() string {
	return fmt.Sprintf("%s:%d", p.file.path, p.At.Line)
}

// maxIncludes bounds includes of includes.
const maxIncludes = 10

// expand lists the directives of a block, with what they include in their place.
func (r *running) expand(f *file, b nginx.Block, depth int) (all []placed) {
	for _, d := range b {
		if d.Name != "include" || len(d.Args) != 1 || depth >= maxIncludes {
			all = append(all, placed{d, f})
			continue
		}
		for _, name := range r.included(d.Args[0]) {
			if included := r.files[name]; included != nil {
				all = append(all, r.expand(included, included.block, depth+1)...)
			}
		}
	}
	return all
}

// included lists the files that an include names.
func (r *running) included(pattern string) []string {
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(r.dir, pattern)
	}
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil // nor does NGINX include anything then
	}
	return names
}

// unread finds a file that a block includes and that could not be read as
// directives, "" if there is none.
func (r *running) unread(b nginx.Block, depth int) string {
	for _, d := range b {
		if d.Name != "include" || len(d.Args) != 1 {
			continue
		}
		for _, name := range r.included(d.Args[0]) {
			f := r.files[name]
			if f == nil || depth >= maxIncludes || f.block == nil && strings.TrimSpace(f.text) != "" {
				return name
			}
			if below := r.unread(f.block, depth+1); below != "" {
				return below
			}
		}
	}
	return ""
}

// A site is a server block.
type site struct {
	placed
	lines []placed // its content, with what it includes
	names []string
}

// servers lists the server blocks of the http level.
func (r *running) servers() (all []site) {
	for _, path := range r.order {
		f := r.files[path]
		for _, d := range f.block {
			blocks := nginx.Block{d}
			if d.Name == "http" {
				blocks = d.Block
			}
			for _, d := range blocks {
				if d.Name != "server" || d.Block == nil {
					continue
				}
				s := site{placed: placed{d, f}, lines: r.expand(f, d.Block, 0)}
				for _, line := range s.lines {
					if line.Name == "server_name" {
						s.names = append(s.names, line.Args...)
					}
				}
				all = append(all, s)
			}
		}
	}
	return all
}

// matches reports how well a server block answers for a host: 3 by name, 2 by
// a wildcard before it, 1 by one after it, 0 not at all. What regular
// expressions match is not looked at.
func (s site) matches(host string) int {
	best := 0
	for _, name := range s.names {
		name = strings.ToLower(name)
		suffix, before := strings.CutPrefix(name, "*.")
		domain, both := strings.CutPrefix(name, ".")
		prefix, after := strings.CutSuffix(name, ".*")
		switch {
		case name == host, both && domain == host:
			best = 3
		case before && strings.HasSuffix(host, "."+suffix), both && strings.HasSuffix(host, "."+domain):
			best = max(best, 2)
		case after && strings.HasPrefix(host, prefix+"."):
			best = max(best, 1)
		}
	}
	return best
}

// redirects reports whether a block only sends visitors elsewhere.
func (s site) redirects() bool {
	for _, line := range s.lines {
		if line.Name == "return" {
			return true
		}
	}
	return false
}

// find chooses the server block of a host. at, such as "/etc/nginx/nginx.conf:12",
// chooses among several; "" does not.
func (r *running) find(host, at string) (site, error) {
	var found []site
	best := 1
	for _, s := range r.servers() {
		switch n := s.matches(host); {
		case at != "" && s.String() == at:
			return s, nil
		case n < best || s.redirects():
		case n > best:
			best, found = n, []site{s}
		default:
			found = append(found, s)
		}
	}
	if len(found) == 1 && at == "" {
		return found[0], nil
	}
	e := &ServerError{Host: host, At: at}
	for _, s := range found {
		e.Candidates = append(e.Candidates, s.String())
	}
	if len(found) == 0 {
		for _, s := range r.servers() {
			e.Names = append(e.Names, s.names...)
		}
	}
	return site{}, e
}

// A ServerError says that there is not exactly one server block of a name.
type ServerError struct {
	Host       string
	At         string
	Candidates []string // the places of those that there are
	Names      []string // that other blocks answer for, if there are none
}

func (e *ServerError) Error() string {
	switch {
	case e.At != "":
		return fmt.Sprintf("find the server block of %s: none starts at %s", e.Host, e.At)
	case len(e.Candidates) > 1:
		return fmt.Sprintf("find the server block of %s: there are several: %s", e.Host, strings.Join(e.Candidates, ", "))
	}
	return fmt.Sprintf("find the server block of %s: NGINX answers for: %s", e.Host, strings.Join(e.Names, ", "))
}
