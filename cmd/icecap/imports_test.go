package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// importRules holds the tree to the plan of the rooms: which packages of ours
// a package may import, and which standard packages it must not. A package that
// is not listed fails the test, so that a new room is a decision.
var importRules = map[string]struct{ ours, not []string }{
	"icecap/content":         {nil, []string{"os", "net/http", "log/slog"}},
	"icecap/content/release": {[]string{"icecap/content"}, []string{"net/http"}},
	"icecap/freeze":          {[]string{"icecap/content"}, []string{"os"}},
	"icecap/render":          {[]string{"icecap/content", "icecap/render/theme", "icecap/render/code", "icecap/render/feed", "icecap/render/picture", "icecap/render/gotmpl", "icecap/render/hugo", "icecap/render/jekyll", "icecap/render/kramdown", "icecap/render/liquid", "icecap/render/search"}, []string{"os", "net/http"}},
	"icecap/render/code":     {nil, []string{"os", "net/http"}},
	"icecap/render/gotmpl":   {nil, []string{"os", "net/http"}},
	"icecap/render/feed":     {nil, []string{"os", "net/http"}},
	"icecap/render/hugo":     {nil, []string{"os", "net/http"}},
	"icecap/render/jekyll":   {[]string{"icecap/render/liquid"}, []string{"os", "net/http"}},
	"icecap/render/kramdown": {nil, []string{"os", "net/http"}},
	"icecap/render/liquid":   {nil, []string{"os", "net/http"}},
	"icecap/render/search":   {nil, []string{"os", "net/http"}},
	"icecap/render/picture":  {nil, []string{"os", "net/http"}},
	"icecap/render/theme":    {[]string{"icecap/content"}, []string{"os", "net/http"}},
	"icecap/render/watch":    {nil, []string{"net/http"}},
	"icecap/render/preview":  {[]string{"icecap/content", "icecap/render"}, []string{"os"}},
	"icecap/nginx":           {[]string{"icecap/content"}, nil},
	"icecap/nginx/install":   {[]string{"icecap/nginx"}, nil},
	"icecap/nginx/local":     {[]string{"icecap/content", "icecap/nginx"}, nil},
	"icecap/nginx/probe":     {[]string{"icecap/content", "icecap/nginx"}, nil},
	"icecap/nginx/bench":     {nil, nil},
	"icecap/nginx/hot":       {[]string{"icecap/content", "icecap/nginx"}, nil},
	"icecap/nginx/tune":      {[]string{"icecap/nginx", "icecap/nginx/bench"}, nil},
	"icecap/cmd/icecap":      {[]string{"*"}, nil},
	"icecap/cmd/demo":        {[]string{"*"}, nil},

	"icecap/freeze/outside":                {[]string{"icecap/freeze"}, []string{"os"}},
	"icecap/content/release/bucket":        {[]string{"icecap/content", "icecap/content/release"}, nil},
	"icecap/content/release/bucket/s3test": {nil, nil}, // of tests alone
	"icecap/render/browsertest":            {nil, nil}, // likewise
}

// oneImporter names the libraries that exactly one package may import, and
// those that exactly one file may. What extends goldmark may import it, too.
var oneImporter = map[string]struct{ pkg, file string }{
	"github.com/gocolly/colly/v2":          {"icecap/freeze", "colly.go"},
	"github.com/spf13/viper":               {"icecap/cmd/icecap", "config.go"},
	"github.com/spf13/cobra":               {"icecap/cmd/icecap", ""},
	"github.com/valyala/fasthttp":          {"icecap/nginx/bench", ""},
	goldmark:                               {"icecap/render", ""},
	"github.com/niklasfasching/go-org/org": {"icecap/render", ""},
	"github.com/alecthomas/chroma/v2":      {"icecap/render/code", ""},
	"github.com/tdewolff/minify/v2":        {"icecap/render/theme", ""},
	"github.com/fsnotify/fsnotify":         {"icecap/render/watch", ""},
	"github.com/gen2brain/webp":            {"icecap/render/picture", ""},
	"github.com/minio/minio-go/v7":         {"icecap/content/release/bucket", ""},
}

const goldmark = "github.com/yuin/goldmark"

type goPackage struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func TestImportRules(t *testing.T) {
	packages := listPackages(t)
	for _, p := range packages {
		rule, ok := importRules[p.ImportPath]
		if !ok {
			t.Errorf("package %s is in no rule: decide what it may import", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			ours := strings.HasPrefix(imported, "icecap/")
			if ours && !slices.Contains(rule.ours, imported) && !slices.Contains(rule.ours, "*") {
				t.Errorf("%s imports %s, which its rule does not allow", p.ImportPath, imported)
			}
			if slices.Contains(rule.not, imported) {
				t.Errorf("%s imports %s, which its rule forbids", p.ImportPath, imported)
			}
			if one, ok := oneImporter[imported]; ok && one.pkg != p.ImportPath && !(imported == goldmark && p.ImportPath == "icecap/render/kramdown") {
				t.Errorf("%s imports %s, which only %s may", p.ImportPath, imported, one.pkg)
			}
		}
	}
}

func TestOneFileImports(t *testing.T) {
	for library, one := range oneImporter {
		if one.file == "" {
			continue
		}
		out, err := exec.Command("git", "grep", "-l", `"`+library+`"`, "--", ":/*.go", ":!:/_benchmark").Output()
		if err != nil {
			t.Skipf("needs git and a checkout: %v", err)
		}
		want := path.Join(strings.TrimPrefix(one.pkg, "icecap/"), one.file)
		for _, file := range strings.Fields(string(out)) {
			file = path.Clean(path.Join("cmd/icecap", file)) // git prints names relative to this folder
			if file != want && !strings.HasSuffix(file, "imports_test.go") {
				t.Errorf("%s imports %s; only %s may", file, library, want)
			}
		}
	}
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "icecap/...").Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("read package list: %v", err)
		}
		packages = append(packages, p)
	}
}
