package freeze

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPython freezes a real Flask app and a real Django app with one declared
// pattern: the public pages in spite of their cookies, nothing else.
func TestPython(t *testing.T) {
	for _, framework := range []string{"flask", "django"} {
		t.Run(framework, func(t *testing.T) {
			c := &Crawler{URL: servePython(t, framework), Seeds: []string{"/"}, Declared: []string{"/catalog/**"}}
			b := newBag()
			if err := c.Run(context.Background(), nothing{}, b); err != nil {
				t.Fatal(err)
			}
			if got := b.frozen(); !slices.Equal(got, []string{"/", "/catalog/", "/catalog/1"}) {
				t.Errorf("frozen %q", got)
			}
			if got := b.reasons(); !slices.Equal(got, []string{"/catalog/form csrf", "/login status", "/me redirect"}) {
				t.Errorf("left %q", got)
			}
			if p := b.pages["/catalog/1"]; string(p.Body) != "<h1>Item 1</h1>" || len(p.Cookies) != 1 {
				t.Errorf("page %q with cookies %q", p.Body, p.Cookies)
			}
			layouts := c.Observed().Layouts
			if len(layouts) != 1 || layouts[0].Line != 2 || layouts[0].Pages != 1 || !strings.Contains(layouts[0].Text, `value="…"`) {
				t.Errorf("layouts %+v", layouts)
			}
		})
	}
}

// servePython starts testdata/public.py with a Python that has the framework:
// Debian's own, where another one comes first on PATH.
func servePython(t *testing.T, framework string) string {
	t.Helper()
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import "+framework).Run() == nil {
			python = name
		}
	}
	if python == "" {
		t.Skipf("needs %s: install the package python3-%s", framework, framework)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, python, filepath.Join("testdata", "public.py"), framework)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("start %s: %v", framework, err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}
