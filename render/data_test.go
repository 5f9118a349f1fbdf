package render

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// showData is a theme whose footer and whose shortcode show data.
func showData(pairs ...string) fstest.MapFS {
	return files(append([]string{
		"a.md", "# A\n\n{{< person ada >}}\n",
		"theme/footer.html", `<footer>{{range .Data.links}}<a href="{{.url}}">{{.name}}</a> {{end}}|{{.Data.site.count}}|{{with index .Data "big numbers"}}{{.n}}{{end}}|{{range .Data.prices}}{{index . 0}}={{index . 1}};{{end}}|{{.Data.deep.er.x}}|{{.Data.nothing}}</footer>`,
		"theme/shortcodes/person.html", `<b>{{(index .Data.people (.Get "" 0)).name}}</b>`,
	}, pairs...)...)
}

func TestData(t *testing.T) {
	folder := showData(
		"_data/links.yaml", "- {name: A & B, url: \"javascript:alert(1)\"}\n- {name: C, url: /c/}\n",
		"_data/site.toml", "count = 3\nday = 2024-05-01\n",
		"_data/big numbers.json", `{"n": 12345678}`,
		"_data/prices.csv", "ice,5\nsnow,\"1,5\"\n",
		"_data/deep/er.yml", "x: <i>\n",
		"_data/people.json", "\xEF\xBB\xBF{\"ada\": {\"name\": \"Ada <3\"}}",
		"_data/README.md", "What lies here.", "_data/.hidden.yaml", "[",
	)
	body := build(t, folder).body(t, "/a/")
	for _, want := range []string{`<a href="#ZgotmplZ">A &amp; B</a> <a href="/c/">C</a>`, "|3|12345678|ice=5;snow=1,5;|&lt;i&gt;|", "<b>Ada &lt;3</b>"} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no %s in %s", want, body)
		}
	}
	// In a folder of Hugo they lie in data, and nobody need show them.
	hugo := files("hugo.toml", "title = 'A'", "content/a.md", "# A", "data/x.yaml", "[", "theme/footer.html", "<footer>{{.Data.y.z}}</footer>", "data/y.json", `{"z": "shown"}`)
	delete(hugo, "data/x.yaml")
	if body := build(t, hugo).body(t, "/a/"); !strings.Contains(body, "<footer>shown</footer>") {
		t.Errorf("Hugo's data is not shown: %s", body)
	}
	delete(hugo, "theme/footer.html")
	_, blog, err := run(&Folder{FS: hugo}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if got := fmt.Sprint(blog.Warnings()); !strings.Contains(got, "its data files are shown nowhere") {
		t.Errorf("the warnings are %s", got)
	}
	// Jekyll's first row has the names, and Liquid shows them.
	jekyll := files("_config.yml", "title: A", "_data/two words.csv", "name,age\nAda,36\n", "_posts/2024-01-01-a.md", "---\ntitle: A\n---\n{% for p in site.data.two_words %}{{ p.name }} is {{ p.age }}{% endfor %}\n")
	if body := build(t, jekyll).body(t, "/2024/01/01/a.html"); !strings.Contains(body, "Ada is 36") {
		t.Errorf("Liquid does not show data: %s", body)
	}
}

// badData are files that end a build which shows them.
func badData() map[string][]string {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 9))
	}
	return map[string][]string{
		"50 MB":                {"_data/x.json", strings.Repeat(" ", 50<<20), "a data file has at most 4 MiB, and all together 16 MiB"},
		"a YAML bomb":          {"_data/x.yaml", bomb, "excessive aliasing"},
		"an alias of itself":   {"_data/x.yaml", "a: &a [*a]\n", "anchor 'a' value contains itself"},
		"a deep list":          {"_data/x.json", strings.Repeat("[", 200) + strings.Repeat("]", 200), "more than 100 deep"},
		"a very deep list":     {"_data/x.json", strings.Repeat("[", 1<<20), "exceeded max depth"},
		"a very deep table":    {"_data/x.toml", strings.Repeat("a.", 100000) + "a = 1", "more than 100 deep"},
		"a very deep array":    {"_data/x.toml", "a = " + strings.Repeat("[", 1<<20), "nested more than"},
		"YAML":                 {"_data/x.yaml", "a: 1\nb: [\n", "x.yaml:"},
		"TOML":                 {"_data/x.toml", "a = 1\nb = = 2\n", "x.toml:2: read data as TOML"},
		"JSON":                 {"_data/x.json", "{\n\"a\": 1,\n}", "x.json:3: read data: invalid character '}'"},
		"JSON and more":        {"_data/x.json", "{} {}", "something follows the end of the value"},
		"CSV":                  {"_data/x.csv", "a,b\n\"c,d\n", "x.csv"},
		"an empty JSON":        {"_data/x.json", "", "x.json"},
		"a template of Hugo's": {"_data/x.yaml", "{{ partial }}: [", "x.yaml"},
	}
}

func TestBadData(t *testing.T) {
	for name, test := range badData() {
		t.Run(name, func(t *testing.T) {
			_, _, err := run(&Folder{FS: showData(test[0], test[1], "_data/people.json", "{}")}, nil)
			if err == nil || !strings.Contains(describe(err), test[2]) || !strings.Contains(describe(err), "_data/x.") {
				t.Errorf("the error is %.500s\nwant %s", describe(err), test[2])
			}
		})
	}
	for name, pairs := range map[string][]string{
		"two files":           {"_data/x.json", "{}", "_data/x.yaml", "a: 1"},
		"a file and a folder": {"_data/x.json", "{}", "_data/x/y.json", "{}"},
		"a folder and a file": {"_data/x.toml", "a = 1", "_data/x/y.json", "{}"},
	} {
		if _, _, err := run(&Folder{FS: showData(pairs...)}, nil); err == nil || !strings.Contains(describe(err), "same name as that of") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	all := []string{}
	for i := range 5 {
		all = append(all, fmt.Sprintf("_data/x%d.json", i), `"`+strings.Repeat("x", maxDataFile-2)+`"`)
	}
	if _, _, err := run(&Folder{FS: showData(all...)}, nil); err == nil || !strings.Contains(describe(err), "all together 16 MiB") {
		t.Errorf("20 MiB in all: %v", err)
	}
	folder := showData("_data/people.json", "{}")
	folder["_data/x.json"] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: 0o777 | 1<<27}
	if _, _, err := run(&Folder{FS: folder}, nil); err == nil || !strings.Contains(describe(err), "symbolic link") {
		t.Errorf("a symbolic link: %v", err)
	}
	// What nobody shows is not even read.
	if _, _, err := run(&Folder{FS: files("a.md", "# A", "_data/x.json", strings.Repeat(" ", 50<<20))}, nil); err != nil {
		t.Error(describe(err))
	}
}

// A change of data makes everything anew that may show it, also in a preview.
func TestDataChanges(t *testing.T) {
	folder := showData("_data/people.json", `{"ada": {"name": "Ada"}}`, "_data/site.json", `{"count": 1}`)
	f := &Folder{FS: folder}
	first, blog, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	same(t, first, build(t, folder))
	snapshot, err := f.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	folder["_data/people.json"] = &fstest.MapFile{Data: []byte(`{"ada": {"name": "Lovelace"}}`)}
	f.Cache = blog.Cache()
	second, _, err := run(f, first)
	if err != nil {
		t.Fatal(describe(err))
	}
	if body := second.body(t, "/a/"); !strings.Contains(body, "<b>Lovelace</b>") {
		t.Errorf("the page is stale: %s", body)
	}
	same(t, second, build(t, folder))
	third, _, err := run(f, second)
	if err != nil {
		t.Fatal(describe(err))
	}
	if third.kept != len(third.pages) {
		t.Errorf("of %d pages %d were kept", len(third.pages), third.kept)
	}
	next, err := snapshot.Update(context.Background(), noon, Changes{Names: []string{"_data/people.json"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if next.data.sum == snapshot.data.sum {
		t.Error("an update does not see the data")
	}
}

// FuzzData: whatever a data file holds, reading it ends, with a value or a mistake.
func FuzzData(f *testing.F) {
	for _, test := range badData() {
		if len(test[1]) < 10000 {
			f.Add(test[0], []byte(test[1]))
		}
	}
	f.Add("x.csv", []byte("a,b\n1,2\n"))
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		for ext, decode := range dataFormats {
			if strings.HasSuffix(name, ext) {
				if _, problem := decodeData(decode, text, "Jekyll"); problem != nil && problem.err == nil {
					t.Error("a mistake without a word")
				}
			}
		}
	})
}
