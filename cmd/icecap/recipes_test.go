package main

import (
	"net/http"
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

// recipes are the fenced blocks of the README's section on deploys, by language.
func recipes(t *testing.T) map[string]string {
	t.Helper()
	const heading = "## Freeze in a deploy\n"
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut("\n"+string(readme), "\n"+heading)
	if !ok {
		t.Fatalf("README.md has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := map[string]string{}
	for _, block := range regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(section, -1) {
		blocks[block[1]] = block[2]
	}
	return blocks
}

// runRecipe runs a recipe in the folder of the app, with the icecap of the tests.
func runRecipe(t *testing.T, dir, script string, env ...string) {
	t.Helper()
	cmd := exec.Command("sh", "-e")
	cmd.Dir, cmd.Stdin, cmd.Env = dir, strings.NewReader(script), append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
}

// recipeFolder is the folder of the new version, where the recipes are run.
func recipeFolder(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("gunicorn"); err != nil {
		t.Skipf("needs gunicorn: install the package gunicorn: %v", err)
	}
	source, err := os.ReadFile(filepath.Join("testdata", "recipes", "shop.py"))
	if err != nil {
		t.Fatal(err)
	}
	dir := readableTempDir(t)
	if err := os.WriteFile(filepath.Join(dir, "shop.py"), source, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// assertRecipe sees that a folder of releases holds the shop's public pages.
func assertRecipe(t *testing.T, out string) {
	t.Helper()
	var urls []string
	for _, entry := range currentSite(t, out).Entries {
		urls = append(urls, entry.URL())
	}
	if !slices.Equal(urls, []string{"/", "/landing/winter"}) {
		t.Errorf("frozen are %v", urls)
	}
}

// A workflow is what the test needs of GitHub's format.
type workflow struct {
	Env  map[string]string
	Jobs map[string]struct {
		Steps []struct{ Name, Run string }
	}
}

// TestRecipes runs the recipes of the README as they stand.
func TestRecipes(t *testing.T) {
	blocks := recipes(t)
	line := ""
	for _, text := range strings.Split(blocks["sh"], "\n") {
		if strings.HasPrefix(text, "icecap freeze ") {
			line = text
		}
	}
	if line == "" {
		t.Fatalf("the shell recipe does not freeze:\n%s", blocks["sh"])
	}
	t.Run("shell", func(t *testing.T) {
		dir := recipeFolder(t)
		runRecipe(t, dir, blocks["sh"])
		assertRecipe(t, filepath.Join(dir, "frozen"))
	})
	t.Run("GitHub Actions", func(t *testing.T) { actionsRecipe(t, blocks["yaml"], line) })
	t.Run("Dockerfile", func(t *testing.T) { dockerRecipe(t, blocks["dockerfile"], line) })
}

// actionsRecipe runs the steps with a name: the others fetch and build what is here already.
func actionsRecipe(t *testing.T, text, line string) {
	var flow workflow
	if err := yaml.Unmarshal([]byte(text), &flow); err != nil {
		t.Fatal(err)
	}
	steps := map[string]string{}
	for _, step := range flow.Jobs["deploy"].Steps {
		steps[step.Name] = step.Run
	}
	if steps["freeze"] != line {
		t.Errorf("the workflow freezes with\n%s\nthe shell with\n%s", steps["freeze"], line)
	}
	if !strings.HasPrefix(flow.Env["TARGET"], "deploy@") {
		t.Errorf("the target is %q", flow.Env["TARGET"])
	}
	if _, err := exec.LookPath("rsync"); err != nil {
		t.Skipf("needs rsync: install the package rsync: %v", err)
	}
	dir, target := recipeFolder(t), filepath.Join(readableTempDir(t), "shop")
	for _, cached := range []bool{false, true, false} { // a cache may be lost
		if !cached {
			if err := os.RemoveAll(filepath.Join(dir, "frozen")); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"freeze", "prune", "publish"} {
			runRecipe(t, dir, steps[name], "TARGET="+target)
		}
		assertRecipe(t, target)
	}
	if _, err := os.Stat(filepath.Join(target, "app.log")); err == nil {
		t.Error("the app's log was sent to the web server")
	}
	gate := startGate(t, "--out", target, "--public", "http://127.0.0.1", "--pass", "http://127.0.0.1:"+freePort(t))
	askFrozen(t, http.DefaultClient, gate.URL(), currentSite(t, target).Entries)
}

// dockerRecipe runs what the stage "frozen" runs, by the same shell, and gives
// the result to NGINX.
func dockerRecipe(t *testing.T, text, line string) {
	_, stage, _ := strings.Cut(text, "FROM app AS frozen\n")
	stage, _, _ = strings.Cut(stage, "\nFROM ")
	var commands []string
	for _, text := range strings.Split(stage, "\n") {
		if command, ok := strings.CutPrefix(text, "RUN "); ok {
			commands = append(commands, command)
		}
	}
	if len(commands) == 0 || commands[0] != line {
		t.Fatalf("the Dockerfile runs\n%s\nthe shell\n%s", strings.Join(commands, "\n"), line)
	}
	dir, port := recipeFolder(t), freePort(t)
	runRecipe(t, dir, strings.Join(commands, "\n"))
	assertRecipe(t, filepath.Join(dir, "frozen"))

	conf, err := os.ReadFile(filepath.Join(dir, "default.conf"))
	if err != nil {
		t.Fatal(err)
	}
	// Here is no host "app", and port 80 may be taken.
	here := strings.NewReplacer("server app:8000", "server 127.0.0.1:"+freePort(t), "listen 80;", "listen 127.0.0.1:"+port+";").Replace(string(conf))
	binary, err := nginx.Find()
	if err != nil {
		t.Skipf("needs nginx: install the package nginx: %v", err)
	}
	web := serverDir(t)
	load := "" // what the image loads by itself
	if module, _ := binary.BrotliStatic(); module != "" && strings.Contains(here, "brotli_static") {
		load = "load_module " + module + ";\n"
	}
	file := writeServerFile(t, web, "nginx.conf", load+"daemon off;\npid nginx.pid;\nevents {}\nhttp {\naccess_log off;\n"+
		"client_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\n"+here+"}\n")
	startProcess(t, web, "nginx", syscall.SIGTERM, serverCommand(t, web, binary.Path, "-p", web, "-c", file, "-e", "error.log"), listening("tcp", "127.0.0.1:"+port))
	request, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+port+"/landing/winter", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "shop.example.com"
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Header.Get(nginx.Marker) != "disk" {
		t.Errorf("the web image answers %s from %q", response.Status, response.Header.Get(nginx.Marker))
	}
}
