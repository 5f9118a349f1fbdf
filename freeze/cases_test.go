package freeze

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A badCase is one of the named cases of testdata/cases: what an app answers, or
// only some links, and what becomes of it. Its lines are
//
//	=== NAME
//	# WHY, or who was bitten by it
//	crawl FIELD=VALUE...     fields of the Crawler, lists with commas
//	links URL...             "/" links to these; a quoted one may hold any byte
//	GET URL [STATUS | HOW]   a route. A star at the end of the URL stands for all that
//	                         the app has, ANY also for what it cannot have. HOW is raw
//	                         (the bytes of the whole answer), hang (no end), silent, endless,
//	                         or abort (the connection ends)
//	> Name: value            a header of it; without Content-Type it is HTML in UTF-8
//	<tab>text                a line of its body; a quoted one may hold any byte
//	!gzip, !repeat N         the body is zipped, or comes so many times
//	frozen URL...            all that is frozen, and with the exact bytes
//	left URL REASON [DETAIL] a rule leaves it to the app; DETAIL is a part
//	failed URL REASON [DETAIL]
//	error TEXT               the crawl ends with it, and nothing is published
//	once URL..., never URL...  how often the app is asked, by both strangers
//	proved FOLDER TEST       a Go test of that folder, or a story of the program, is the case
//	limit TEXT               the README says so, under Limits
//
// In a body "$RANDOM" is another number in each answer, "$NEXT" a number larger
// by one than the last of the path, "$HOST", "$AGENT" and "$FORWARDED" what the
// request says, and "$APP" the app's address.
type badCase struct {
	name    string
	file    string
	line    int
	crawler *Crawler
	routes  map[string]*badRoute
	want    []string // "frozen /", "left / reason", "failed / reason", sorted
	details map[string]string
	err     string
	asked   map[string]int // 0 for never
	proofs  [][]string     // "proved" and "limit" lines
}

type badRoute struct {
	how    string // "" for an answer as usual
	status int
	header http.Header
	body   []byte
	fixed  bool // the body holds no word that is replaced
}

// TestCases is the list of bad input.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	names := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range readCases(t, file, string(text)) {
			if names[c.name] {
				t.Errorf("%s:%d: a second case %q", file, c.line, c.name)
			}
			names[c.name] = true
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(t)
			})
		}
	}
}

func (c *badCase) run(t *testing.T) {
	for _, proof := range c.proofs {
		c.look(t, proof)
	}
	if c.routes == nil {
		return
	}
	app := &badApp{routes: c.routes, asked: map[string]int{}}
	crawler := c.crawler
	crawler.URL = serve(t, app) + crawler.URL
	app.address = crawler.URL
	b := newBag()
	err := crawler.Run(context.Background(), nothing{}, b)
	if c.err != "" || err != nil {
		if c.err == "" || !strings.Contains(fmt.Sprint(err), c.err) {
			t.Fatalf("%s:%d: error %v, want %q", c.file, c.line, err, c.err)
		}
		return
	}
	var got []string
	for url, page := range b.pages {
		got = append(got, "frozen "+url)
		if r := app.find(url); r.fixed && r.header.Get("Content-Encoding") == "" && !bytes.Equal(page.Body, r.body) {
			t.Errorf("%s:%d: %s is not frozen as it is: %.100q", c.file, c.line, url, page.Body)
		}
	}
	for url, s := range b.skips {
		line := pickText(s.Failed, "failed ", "left ") + url + " " + s.Reason
		got = append(got, line)
		if want := c.details[line]; !strings.Contains(s.Detail, want) {
			t.Errorf("%s:%d: %s: %q, want %q", c.file, c.line, line, s.Detail, want)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, c.want) {
		t.Errorf("%s:%d:\ngot  %s\nwant %s", c.file, c.line, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
	}
	for url, want := range c.asked {
		if got := app.asked[url]; got != want {
			t.Errorf("%s:%d: %s was asked for %d times, want %d", c.file, c.line, url, got, want)
		}
	}
}

func pickText(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// look holds a case that is proved elsewhere to it.
func (c *badCase) look(t *testing.T, proof []string) {
	var files []string
	text := strings.Join(proof[1:], " ")
	switch {
	case proof[0] == "limit":
		files = []string{"../README.md"}
	case len(proof) == 3 && strings.HasSuffix(proof[2], ".txtar"):
		if _, err := os.Stat(filepath.Join("..", proof[1], "testdata", "script", proof[2])); err != nil {
			t.Errorf("%s:%d: %v", c.file, c.line, err)
		}
		return
	case len(proof) == 3:
		files, _ = filepath.Glob(filepath.Join("..", proof[1], "*_test.go"))
		text = "func " + proof[2] + "("
	}
	for _, file := range files {
		if found, err := os.ReadFile(file); err == nil && strings.Contains(strings.Join(strings.Fields(string(found)), " "), text) {
			return
		}
	}
	t.Errorf("%s:%d: nothing says %q in %q", c.file, c.line, text, files)
}

// readCases reads a file of them.
func readCases(t *testing.T, file, text string) (cases []*badCase) {
	var c *badCase
	var route *badRoute
	for i, line := range strings.Split(text, "\n") {
		if name, ok := strings.CutPrefix(line, "=== "); ok {
			c = &badCase{name: name, file: file, line: i + 1, crawler: &Crawler{Seeds: []string{"/"}}, details: map[string]string{}, asked: map[string]int{}}
			cases, route = append(cases, c), nil
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		if err := c.read(&route, line); err != nil {
			t.Fatalf("%s:%d: %v", file, i+1, err)
		}
	}
	for _, c := range cases {
		slices.Sort(c.want)
	}
	return cases
}

// read reads one line of a case.
func (c *badCase) read(route **badRoute, line string) (err error) {
	if body, ok := strings.CutPrefix(line, "\t"); ok {
		return (*route).addLine(body)
	}
	word, rest, _ := strings.Cut(line, " ")
	fields, err := splitQuoted(rest)
	if err != nil {
		return err
	}
	switch word {
	case "crawl":
		for _, field := range fields {
			if err := c.set(field); err != nil {
				return err
			}
		}
	case "links":
		var body strings.Builder
		for _, url := range fields {
			fmt.Fprintf(&body, "<a href=\"%s\">x</a>\n", url)
		}
		c.add("/", &badRoute{status: 200, header: http.Header{}, body: []byte(body.String()), fixed: true})
	case "GET":
		*route = &badRoute{status: 200, header: http.Header{}, fixed: true}
		if len(fields) > 1 {
			if n, err := strconv.Atoi(fields[1]); err == nil {
				(*route).status = n
			} else {
				(*route).how, (*route).fixed = fields[1], false
			}
		}
		c.add(fields[0], *route)
	case ">":
		name, value, _ := strings.Cut(rest, ": ")
		(*route).header.Add(name, value)
	case "!gzip":
		(*route).body = []byte(zipped(string((*route).body)))
	case "!repeat":
		n, err := strconv.Atoi(rest)
		(*route).body = bytes.Repeat((*route).body, n)
		return err
	case "frozen":
		for _, url := range fields {
			c.want = append(c.want, "frozen "+url)
		}
	case "left", "failed":
		want := word + " " + fields[0] + " " + fields[1]
		c.want = append(c.want, want)
		c.details[want] = strings.Join(fields[2:], " ")
	case "error":
		c.err = rest
	case "once", "never":
		for _, url := range fields {
			c.asked[url] = map[string]int{"once": 1, "never": 0}[word]
		}
	case "proved", "limit":
		c.proofs = append(c.proofs, append([]string{word}, fields...))
	default:
		return fmt.Errorf("cannot read %q", line)
	}
	return nil
}

func (c *badCase) add(url string, r *badRoute) {
	if c.routes == nil {
		c.routes = map[string]*badRoute{}
	}
	c.routes[url] = r
}

// set sets a field of the crawler; every case begins at "/" and nowhere else,
// unless it says so.
func (c *badCase) set(field string) (err error) {
	name, value, _ := strings.Cut(field, "=")
	list := strings.Split(value, ",")
	switch name {
	case "seeds":
		c.crawler.Seeds = list
		if value == "" {
			c.crawler.Seeds = nil // the default
		}
	case "exclude":
		c.crawler.Exclude = list
	case "declared":
		c.crawler.Declared = list
	case "public":
		c.crawler.Public = value
	case "probe":
		c.crawler.Probe = Probe(value)
	case "robots":
		c.crawler.Robots = RobotsPolicy(value)
	case "maxpages":
		c.crawler.MaxPages, err = strconv.Atoi(value)
	case "maxbody":
		c.crawler.MaxBody, err = strconv.ParseInt(value, 10, 64)
	case "timeout":
		c.crawler.Timeout, err = time.ParseDuration(value)
	case "limit":
		c.crawler.Limits = []Limit{{Path: list[0], Pages: 100}}
	default:
		err = fmt.Errorf("no field %q", name)
	}
	return err
}

// addLine adds a line of a body.
func (r *badRoute) addLine(line string) error {
	if strings.HasPrefix(line, `"`) {
		text, err := strconv.Unquote(line)
		r.body = append(r.body, text...)
		return err
	}
	r.body = append(append(r.body, line...), '\n')
	r.fixed = r.fixed && !strings.Contains(line, "$")
	return nil
}

// splitQuoted splits at spaces, but not in quotes.
func splitQuoted(s string) (fields []string, err error) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if s[0] != '"' {
			field, rest, _ := strings.Cut(s, " ")
			fields, s = append(fields, field), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s, err)
		}
		field, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s, err)
		}
		fields, s = append(fields, field), s[len(quoted):]
	}
	return fields, nil
}

// TestLongPaths is the case of paths that no file system takes.
func TestLongPaths(t *testing.T) {
	long, deep := "/"+strings.Repeat("long-name/", 150), "/"+strings.Repeat("a/b/", 150)
	// A reference of over 4 KiB is no link: no server takes it.
	longer := "/" + strings.Repeat("long-name/", 500)
	b := crawlSite(t, routes{"/": page(`<a href="` + long + `">l</a><a href="` + deep + `">d</a><a href="` + longer + `">l</a>`)}, &Crawler{Seeds: []string{"/"}})
	for url, s := range b.skips {
		if s.Reason != Path && s.Reason != Trap || len(url) > 1210 {
			t.Errorf("skip %+v", s)
		}
	}
	if len(b.skips) != 2 || !slices.Equal(b.frozen(), []string{"/"}) {
		t.Errorf("frozen %q, left %v", b.frozen(), b.reasons())
	}
}
