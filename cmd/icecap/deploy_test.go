package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"

	"icecap/nginx"
)

// deployFile reads a file of nginx/deploy.
func deployFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "nginx", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// twoPages is an app with two pages.
func twoPages(t *testing.T) *httptest.Server {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path != "/" && r.URL.Path != "/about" {
			w.WriteHeader(http.StatusNotFound)
		}
		io.WriteString(w, "<a href=/about>about</a>")
	}))
	t.Cleanup(app.Close)
	return app
}

// systemd itself finds nothing wrong with the units, and the command that the
// service runs freezes a site as an ordinary user.
func TestUnits(t *testing.T) {
	dir := serverDir(t)
	program := filepath.Join(dir, "icecap")
	copyProgram(t, program)
	for _, name := range []string{"icecap-freeze@.service", "icecap-freeze@.timer"} {
		writeServerFile(t, dir, name, strings.ReplaceAll(deployFile(t, name), "/usr/local/bin/icecap", program))
	}
	t.Run("systemd-analyze verify", func(t *testing.T) {
		analyze, err := exec.LookPath("systemd-analyze")
		if err != nil {
			t.Skipf("needs systemd-analyze: install the package systemd: %v", err)
		}
		cmd := exec.Command(analyze, "verify", filepath.Join(dir, "icecap-freeze@shop.service"), filepath.Join(dir, "icecap-freeze@shop.timer"))
		// It names what it only ignores, and succeeds.
		if out, err := cmd.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
			t.Errorf("%v\n%s", err, out)
		}
	})
	service, err := os.ReadFile(filepath.Join(dir, "icecap-freeze@.service"))
	if err != nil {
		t.Fatal(err)
	}
	site := serverDir(t)
	writeServerFile(t, site, "icecap.toml", "[app]\nurl = \""+twoPages(t).URL+"\"\n")
	commands := regexp.MustCompile(`(?m)^ExecStart(?:Post)?=(.*)$`).FindAllSubmatch(service, -1)
	if len(commands) != 2 {
		t.Fatalf("the service runs %d commands", len(commands))
	}
	for _, command := range commands {
		words := strings.Fields(strings.ReplaceAll(string(command[1]), "/srv/%i", site))
		mustRun(t, serverCommand(t, dir, words[0], words[1:]...))
	}
	if n := len(currentSite(t, filepath.Join(site, "frozen")).Entries); n != 2 {
		t.Errorf("%d pages are frozen, want 2", n)
	}
}

// An instruction is a line of a Dockerfile, with those that continue it.
type instruction struct{ name, args string }

// parseDockerfile reads the few forms that we use; every other is an error.
func parseDockerfile(text string) ([]instruction, error) {
	var all []instruction
	stages := map[string]bool{}
	text = regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(text, "")
	for _, line := range strings.Split(strings.ReplaceAll(text, "\\\n", ""), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, args, _ := strings.Cut(line, " ")
		i := instruction{name, strings.TrimSpace(args)}
		words := strings.Fields(args)
		switch {
		case len(words) == 0:
			return nil, fmt.Errorf("%s has no arguments", name)
		case name == "FROM":
			if len(words) == 3 && words[1] == "AS" {
				stages[words[2]] = true
			} else if len(words) != 1 {
				return nil, fmt.Errorf("FROM %s", args)
			}
		case len(all) == 0:
			return nil, fmt.Errorf("%s comes before FROM", name)
		case name == "COPY":
			if from, ok := strings.CutPrefix(words[0], "--from="); ok && !stages[from] {
				return nil, fmt.Errorf("COPY from a stage %q that is not there", from)
			}
		case name == "CMD":
			var command []string
			if err := json.Unmarshal([]byte(args), &command); err != nil {
				return nil, fmt.Errorf("CMD: %w", err)
			}
		case !slices.Contains([]string{"WORKDIR", "RUN", "VOLUME", "EXPOSE", "STOPSIGNAL"}, name):
			return nil, fmt.Errorf("unknown instruction %s", name)
		}
		all = append(all, i)
	}
	return all, nil
}

// What go.mod takes from a folder beside it must be in the image before the modules
// are fetched: go mod download reads it.
func TestDockerfileModules(t *testing.T) {
	instructions, err := parseDockerfile(deployFile(t, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	fetched := slices.Index(instructions, instruction{"RUN", "go mod download"})
	if fetched < 0 {
		t.Fatal("no modules are fetched")
	}
	for _, m := range regexp.MustCompile(`=> \./(\S+)`).FindAllStringSubmatch(string(mod), -1) {
		if !slices.Contains(instructions[:fetched], instruction{"COPY", m[1] + " " + m[1]}) {
			t.Errorf("%s is not copied before go mod download", m[1])
		}
	}
}

// The image's own command, run by the same shell, serves the site of
// icecap.toml; only paths and ports are this machine's. What it copies is there.
func TestDockerfile(t *testing.T) {
	instructions, err := parseDockerfile(deployFile(t, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	var command []string
	for _, i := range instructions {
		switch words := strings.Fields(i.args); {
		case i.name == "CMD":
			if err := json.Unmarshal([]byte(i.args), &command); err != nil {
				t.Fatal(err)
			}
		case i.name == "COPY" && !strings.HasPrefix(i.args, "--from="):
			for _, name := range words[:len(words)-1] {
				if _, err := os.Stat(filepath.Join("..", "..", name)); err != nil {
					t.Errorf("COPY: %v", err)
				}
			}
		}
	}
	binary, err := nginx.Find()
	if err != nil {
		t.Skipf("needs nginx: install the package nginx: %v", err)
	}
	dir, port, app := serverDir(t), freePort(t), twoPages(t)
	bin := serverDir(t)
	copyProgram(t, filepath.Join(bin, "icecap"))
	conf := filepath.Join(dir, "nginx.conf")
	// The image's nginx, but on this machine's paths and ports.
	wrapper := writeServerFile(t, bin, "nginx", "#!/bin/sh\n[ \"$1\" = -V ] || sed -i -e 's,listen 80,listen 127.0.0.1:"+port+",; /\\[::\\]/d; s,/run/nginx.pid,"+dir+"/nginx.pid,; s,/var/log/nginx,"+dir+",; s,^user .*,,' "+conf+
		"\nexec "+binary.Path+" -p "+dir+" -c "+conf+" -e stderr \"$@\"\n")
	if err := os.Chmod(wrapper, 0o755); err != nil {
		t.Fatal(err)
	}
	settings := strings.NewReplacer("http://app:8000", app.URL, "http://localhost:8080", "http://127.0.0.1:"+port, "/srv/frozen", dir+"/frozen", "kill -HUP 1", "true").Replace(deployFile(t, "icecap.toml"))
	writeServerFile(t, dir, "icecap.toml", settings)
	mustRun(t, serverCommand(t, dir, filepath.Join(bin, "icecap"), "freeze"))
	cmd := serverCommand(t, dir, command[0], command[1], strings.ReplaceAll(command[2], "/etc/nginx/nginx.conf", conf))
	cmd.Env = append(cmd.Env, "PATH="+bin+":/usr/sbin:/usr/bin:/bin")
	startProcess(t, dir, "web", syscall.SIGQUIT, cmd, listening("tcp", "127.0.0.1:"+port))
	if status, source, _ := get(t, http.DefaultClient, "http://127.0.0.1:"+port+"/about"); status != http.StatusOK || source != "disk" {
		t.Errorf("/about: %d from %q", status, source)
	}
	if status, source, _ := get(t, http.DefaultClient, "http://127.0.0.1:"+port+"/nope"); status != http.StatusNotFound || source != "" {
		t.Errorf("/nope: %d from %q", status, source)
	}
}

// A compose file as far as ours goes: every other key is an error.
type composeFile struct {
	Services map[string]struct {
		Image     string
		Restart   string
		Command   []string
		PID       string   `yaml:"pid"`
		DependsOn []string `yaml:"depends_on"`
		Ports     []string
		Volumes   []string
		Build     struct{ Context, Dockerfile string }
	}
	Volumes map[string]struct{}
}

// What the compose file names is there: files, volumes, services.
func TestCompose(t *testing.T) {
	var compose composeFile
	decoder := yaml.NewDecoder(strings.NewReader(deployFile(t, "compose.yaml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&compose); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join("..", "..", "nginx", "deploy")
	exists := func(path string) {
		t.Helper()
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	built := map[string]bool{"your/app": true}
	for _, service := range compose.Services {
		built[service.Image] = built[service.Image] || service.Build.Dockerfile != ""
	}
	for name, service := range compose.Services {
		if service.Build.Dockerfile != "" {
			exists(filepath.Join(folder, service.Build.Context, service.Build.Dockerfile))
		}
		if !built[service.Image] {
			t.Errorf("%s: nobody builds the image %s", name, service.Image)
		}
		for _, other := range append(service.DependsOn, strings.TrimPrefix(service.PID, "service:")) {
			if _, ok := compose.Services[other]; other != "" && !ok {
				t.Errorf("%s needs %s, which is no service", name, other)
			}
		}
		for _, volume := range service.Volumes {
			from, _, _ := strings.Cut(volume, ":")
			if strings.HasPrefix(from, ".") {
				exists(filepath.Join(folder, from))
			} else if _, ok := compose.Volumes[from]; !ok {
				t.Errorf("%s mounts %s, which is no volume", name, from)
			}
		}
	}
	if len(compose.Services) != 3 {
		t.Errorf("%d services", len(compose.Services))
	}
	// Its icecap.toml is one that icecap takes.
	settings, err := filepath.Abs(filepath.Join(folder, "icecap.toml"))
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := icecap(t, "-c", settings, "nginx", "print", "--full")
	if code != 0 || !strings.Contains(stdout, "server app:8000;") {
		t.Errorf("icecap nginx print: exit code %d\n%s", code, stderr)
	}
}
