package main

import (
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// root is the folder of the README.
const root = "../.."

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPromises holds the README to its word: each test that it calls a proof is
// there, in the package that it names, and so is each file that it links to.
func TestPromises(t *testing.T) {
	readme := readFile(t, "README.md")
	tests := map[string]string{} // by name, the folders that have it
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			tests[m[1]] += filepath.Dir(name) + " "
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// A list of tests, and the package that has them: `A`, `B` in [freeze](freeze).
	proofs := regexp.MustCompile("((?:`[^`|]+`(?: \\([^)]*\\))?(?:, )?)+)(?: in \\[([a-z/]+)\\])?")
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)`")
	seen := 0
	for _, list := range proofs.FindAllStringSubmatch(readme, -1) {
		for _, m := range named.FindAllStringSubmatch(list[1], -1) {
			seen++
			if !strings.Contains(tests[m[1]], filepath.Join(root, list[2])) {
				t.Errorf("README.md names %s in %q; it is in %q", m[1], list[2], tests[m[1]])
			}
		}
	}
	if all := len(named.FindAllString(readme, -1)); seen != all || seen < 50 {
		t.Errorf("%d of %d tests were looked for", seen, all)
	}
	for _, m := range regexp.MustCompile(`\]\(([^):#]+)\)`).FindAllStringSubmatch(outsideCode(readme), -1) {
		if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
			t.Errorf("README.md links to %s: %v", m[1], err)
		}
	}
}

// outsideCode takes the fenced blocks out of a Markdown text.
func outsideCode(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "\n```") {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}

// TestReadmeIsComplete: every command, and every module that this one requires, is
// in the README, and every setting in the file that init writes.
func TestReadmeIsComplete(t *testing.T) {
	readme := readFile(t, "README.md")
	commands := section(t, readme, "## Commands")
	for _, c := range leaves(newRoot(io.Discard, io.Discard)) {
		word := c[strings.LastIndexByte(c, ' ')+1:] // "[on|off]" and "`push`, `pull`" share a row
		if !regexp.MustCompile("(?m)^\\|.*\\b" + word + "\\b").MatchString(commands) {
			t.Errorf("the table of commands lacks %q", c)
		}
	}
	dependencies := section(t, readme, "## Dependencies")
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(readFile(t, "go.mod"), -1) {
		name := path.Base(regexp.MustCompile(`/v\d+$`).ReplaceAllString(m[1], ""))
		if !regexp.MustCompile(`(?m)^\|[^|]*\b` + regexp.QuoteMeta(name) + `\b`).MatchString(dependencies) {
			t.Errorf("the table of dependencies lacks %s", m[1])
		}
	}
	template := readFile(t, "cmd/icecap/init.toml")
	for _, key := range settings("", reflect.TypeFor[config]()) {
		word := key[strings.LastIndexByte(key, '.')+1:]
		if !regexp.MustCompile(`(?m)^(?:# )?(?:` + word + ` = |\[\[?` + word + `\])`).MatchString(template) {
			t.Errorf("init.toml lacks %s", key)
		}
	}
}

func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("README.md has no section %q", heading)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	return rest
}

// leaves are the commands below c that do something.
func leaves(c *cobra.Command) (names []string) {
	for _, sub := range c.Commands() {
		if sub.HasSubCommands() {
			names = append(names, leaves(sub)...)
		} else {
			names = append(names, sub.CommandPath())
		}
	}
	return names
}
