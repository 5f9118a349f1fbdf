package nginx

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNotInstalled says that there is no NGINX on this machine.
var ErrNotInstalled = errors.New("find nginx: not on PATH and not in the usual folders; install the package nginx")

// A Binary is an installed NGINX and what it can do.
type Binary struct {
	Path      string
	Version   string // "1.22.1"
	Arguments string // what it was configured with, as nginx -V prints it
}

// usualPlaces are where packages put NGINX, which is often not on a user's PATH.
var usualPlaces = []string{
	"/usr/sbin/nginx", "/usr/local/sbin/nginx", "/sbin/nginx", "/usr/local/nginx/sbin/nginx",
	"/opt/homebrew/bin/nginx", "/usr/local/bin/nginx", "/usr/local/openresty/nginx/sbin/nginx",
}

// Find looks for NGINX on PATH and in the usual folders, and asks it for its
// version. The error is [ErrNotInstalled] where there is none.
func Find() (Binary, error) {
	if path, err := exec.LookPath("nginx"); err == nil {
		return Inspect(path)
	}
	for _, path := range usualPlaces {
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return Inspect(path)
		}
	}
	return Binary{}, ErrNotInstalled
}

var versionLine = regexp.MustCompile(`(?m)^nginx version: \S*/(\d+(?:\.\d+)+)`)

// Inspect asks one NGINX for its version. It takes at most ten seconds.
func Inspect(path string) (Binary, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "-V").CombinedOutput()
	if err != nil {
		return Binary{}, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	version := versionLine.FindSubmatch(out)
	if version == nil {
		return Binary{}, fmt.Errorf("ask %s for its version: it is no nginx", path)
	}
	_, arguments, _ := strings.Cut(string(out), "configure arguments:")
	return Binary{Path: path, Version: string(version[1]), Arguments: strings.TrimSpace(arguments)}, nil
}

// AtLeast reports whether the version is that or a later one, such as "1.19.5".
// A distribution's back-ported fixes do not show in a version.
func (b Binary) AtLeast(version string) bool {
	have, want := strings.Split(b.Version, "."), strings.Split(version, ".")
	for i := range want {
		if i >= len(have) {
			return false
		}
		h, _ := strconv.Atoi(have[i]) // digits, by versionLine
		w, _ := strconv.Atoi(want[i])
		if h != w {
			return h > w
		}
	}
	return true
}

// KnownBugs says which vulnerabilities this version has that bear on
// configurations like the gate's, "" if none. It is a hint: distributions mend
// them without a new version.
func (b Binary) KnownBugs() string {
	if b.AtLeast("1.31.3") {
		return ""
	}
	return "CVE-2026-42533 (a capture beside a map), CVE-2026-42945 and CVE-2026-9256 (groups in rewrite) are mended in 1.31.3"
}

// argument finds the value of a configure argument such as "--modules-path".
func (b Binary) argument(name string) string {
	for _, word := range strings.Fields(b.Arguments) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	return ""
}

// without reports whether a standard module, such as "http_uwsgi", was left out.
func (b Binary) without(module string) bool {
	for _, word := range strings.Fields(b.Arguments) {
		if word == "--without-"+module+"_module" {
			return true
		}
	}
	return false
}

// compilesExpressions reports whether it knows "pcre_jit on", which would be a
// warning elsewhere.
func (b Binary) compilesExpressions() bool { return strings.Contains(b.Arguments, "--with-pcre-jit") }

// CouldCompile reports whether this NGINX could make machine code of the regular
// expressions that the gate asks at each request, and its main configuration file,
// with what that includes, does not say "pcre_jit on". Of a file that cannot be read
// nothing is known.
func (b Binary) CouldCompile(conf string) bool {
	has := func(name string, args ...string) bool {
		return says(conf, filepath.Dir(conf), 3, func(d Directive) bool {
			return d.Name == name && (args == nil || slices.Equal(d.Args, args))
		})
	}
	return b.compilesExpressions() && has("events") && !has("pcre_jit", "on")
}

// GzipStatic reports whether this NGINX can send .gz files.
func (b Binary) GzipStatic() bool {
	return strings.Contains(b.Arguments, "--with-http_gzip_static_module")
}

// BrotliStatic reports whether this NGINX can send .br files, and the file that
// a load_module line has to name; "" if the module is built in.
func (b Binary) BrotliStatic() (module string, ok bool) {
	if strings.Contains(b.Arguments, "ngx_brotli") && !strings.Contains(b.Arguments, "--add-dynamic-module") {
		return "", true
	}
	dir := b.argument("--modules-path")
	if dir == "" {
		dir = filepath.Join(b.argument("--prefix"), "modules")
	}
	module = filepath.Join(dir, "ngx_http_brotli_static_module.so")
	if _, err := os.Stat(module); err != nil {
		return "", false
	}
	return module, true
}

// ConfFile is the main configuration file that it was built to read; "" if
// that is not known.
func (b Binary) ConfFile() string { return b.argument("--conf-path") }

// WorkerUser is the user that the workers of the installed NGINX run as: the
// "user" line of its main configuration file, else what it was built with.
func (b Binary) WorkerUser() string {
	if text, err := os.ReadFile(b.ConfFile()); err == nil {
		if block, err := Parse(string(text)); err == nil {
			for _, d := range block {
				if d.Name == "user" && len(d.Args) > 0 {
					return d.Args[0]
				}
			}
		}
	}
	if user := b.argument("--user"); user != "" {
		return user
	}
	return "nobody"
}

// Dump returns the configuration of the installed NGINX, with all that it
// includes (nginx -T), which may need the rights of root. The files stand one
// after the other: what is included is not inside the block that includes it.
func (b Binary) Dump(ctx context.Context) (Block, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var errs strings.Builder
	cmd := exec.CommandContext(ctx, b.Path, "-T")
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		said, _, _ := strings.Cut(strings.TrimSpace(errs.String()), "\n")
		return nil, fmt.Errorf("read the configuration of nginx (nginx -T): %w: %s", err, said)
	}
	block, err := Parse(string(out))
	if err != nil {
		return nil, fmt.Errorf("read the configuration of nginx: %w", err)
	}
	return block, nil
}
