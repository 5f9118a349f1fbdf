package probe

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseReadsACase(t *testing.T) {
	script, err := Parse("gate.txt", `host shop.example.com

# comment
GET /a b HTTP/1.0
> Cookie: $"a\x01b"
> X-Long: {ab*3}
send {x*4}
status 200
source app
body contains saw
# a comment does not end a case
hint look at the cookie map

get $"/a\x00b"
> !Host
status 400
source none
touched 1
again
> If-None-Match: {etag}
status 304
source disk
type -
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(script.Cases) != 2 {
		t.Fatalf("%d cases, want 2", len(script.Cases))
	}
	first := script.Cases[0]
	request := string(first.Exchanges[0].Request.bytes())
	want := "GET /a b HTTP/1.0\r\nHost: shop.example.com\r\nCookie: a\x01b\r\nX-Long: ababab\r\nContent-Length: 4\r\n\r\nxxxx"
	if request != want {
		t.Errorf("request %q, want %q", request, want)
	}
	if saw := first.Exchanges[0].Want; saw.Touched != 1 || saw.Saw != "GET /a b" {
		t.Errorf("source app expects %d touches and %q, want 1 and the request line", saw.Touched, saw.Saw)
	}
	if first.Line != 4 || first.Hint != "look at the cookie map" {
		t.Errorf("line %d, hint %q", first.Line, first.Hint)
	}
	second := script.Cases[1]
	if got := second.Exchanges[0]; string(got.Request.bytes()) != "get /a\x00b HTTP/1.1\r\n\r\n" || got.Want.Touched != 1 {
		t.Errorf("%q touches %d", got.Request.bytes(), got.Want.Touched)
	}
	follow := second.Exchanges[1]
	if follow.Request.Method != "get" || len(follow.Request.Header) != 1 || follow.Want.Touched != 0 || *follow.Want.MediaType != "" {
		t.Errorf("follow-up %+v", follow)
	}
}

// brokenScripts is every way to write a script wrongly, and a part of the message.
var brokenScripts = []struct {
	name, text, message string
	line                int
}{
	{"no target", "GET\nstatus 200\nsource disk", "no target", 1},
	{"indented", " GET /", "starts with a space", 1},
	{"no status", "GET /\nsource disk", "needs a status", 2},
	{"no source", "GET /\nstatus 200\n\n", "needs a status and a source", 3},
	{"no source in a follow-up", "GET /\nstatus 200\nsource disk\nagain\nstatus 304\n\n", "line 4", 6},
	{"wrong status", "GET /\nstatus OK", "no number", 2},
	{"wrong source", "GET /\nsource cache", "not disk, stale, maintenance, app or none", 2},
	{"unknown verb", "GET /\nstatu 200", "unknown", 2},
	{"stated twice", "GET /\nstatus 200\nstatus 404", "twice", 3},
	{"header without a value", "GET /\n> Cookie", "NAME: VALUE", 2},
	{"expected header without a value", "GET /\nheader X-Icecap", "NAME: VALUE", 2},
	{"no what", "GET /\nno body", "header NAME", 2},
	{"type of nothing", "GET /\ntype", "media type", 2},
	{"bad quote", "GET $\"/", "quoted string", 1},
	{"bad hash", "GET /\nbody sha256 abc", "hex digits", 2},
	{"bad body", "GET /\nbody equals x", "is, contains", 2},
	{"body contains nothing", "GET /\nbody contains", "needs a text", 2},
	{"bomb", "GET /{" + strings.Repeat("x", 100) + "*99999}", "longer than", 1},
	{"host with more", "host a.example\nGET /", "alone", 2},
	{"host of nothing", "host", "name", 1},
	{"again with a header", "GET /\nstatus 200\nsource disk\nagain If-None-Match: x", "alone", 4},
	{"late !Host", "GET /\nstatus 200\nsource disk\nagain\n> !Host", "before", 5},
}

func TestParseNamesTheLine(t *testing.T) {
	for _, test := range brokenScripts {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("x.txt", test.text)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line != test.line || !strings.Contains(syntax.Reason, test.message) {
				t.Errorf("error %v, want line %d and %q", err, test.line, test.message)
			}
		})
	}
}

// FuzzParse: no text makes the parser panic or write out more than its bound,
// and what it accepts is complete.
func FuzzParse(f *testing.F) {
	for _, test := range brokenScripts {
		f.Add(test.text)
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		script, err := Parse("fuzz", text)
		var syntax *SyntaxError
		if err != nil && (!errors.As(err, &syntax) || syntax.Line < 1 || syntax.Line > strings.Count(text, "\n")+1) {
			t.Fatalf("error %v names no line of the text", err)
		}
		for _, c := range script.Cases {
			for _, exchange := range c.Exchanges {
				want := exchange.Want
				if want.Status == 0 || want.Source == "" || exchange.Request.Target == "" || len(exchange.Request.Target) > maxText {
					t.Fatalf("incomplete exchange %+v", exchange)
				}
			}
		}
	})
}

// run puts a script to a handler and returns the problems, case by case.
func run(t *testing.T, h http.Handler, app *App, text string) (problems []string) {
	t.Helper()
	script, err := Parse("test.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	server, err := Serve(h)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	results, err := Target{Address: server.Address, App: app}.Run(context.Background(), script)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		problems = append(problems, r.Problems...)
	}
	return problems
}

// A script sees the request as it was written: no client tidied it up.
func TestRequestsAreRaw(t *testing.T) {
	app := &App{}
	problems := run(t, app, app, `host shop.example.com

GET //x/./y/../%2F%41?q=%zz
status 200
source disk
touched 1
body is $"app saw GET //x/./y/../%2F%41?q=%zz\n"

PURGE http://other.example/x
status 200
source disk
touched 1
saw PURGE http://other.example/x

OPTIONS *
status 200
source disk
touched 1

HEAD /x
> X-Probe-Status: 503
status 503
source disk
touched 1
body is -
header Content-Length: 16

POST /x
send a=1
status 200
source disk
touched 1
body sha256 e67bf2de4c5fd1fdcd3cbf05c3cc01a2e85ff1a9cd2fe9b98cc4f7b2bfe5f95c
`)
	// The hash is wrong on purpose: a check that cannot fail is none.
	if len(problems) != 1 || !strings.Contains(problems[0], "sha256") {
		t.Errorf("problems %q, want the wrong hash alone", problems)
	}
}

// Every statement of a script can fail.
func TestExpectationsFail(t *testing.T) {
	app := &App{}
	for _, line := range []string{
		"status 404", "source none", "source app", "type text/html", "type -", "header X-Icecap: app", "no header X-Icecap",
		"body is -", "body contains nothing", "body bytes 3", "touched 2", "touched 1\nsaw POST /x",
		"body sha256 " + strings.Repeat("0", 64),
	} {
		text := "GET /x\n" + line + "\n"
		for _, other := range []string{"status 200\n", "source disk\n", "touched 1\n"} {
			if verb, _, _ := strings.Cut(other, " "); !strings.Contains(text, verb) {
				text += other
			}
		}
		problems := run(t, app, app, "host a.example\n\n"+text+"hint of the test\n")
		if len(problems) < 2 || !strings.HasPrefix(problems[0], `test.txt:3: "GET /x": `) || problems[len(problems)-1] != "hint: of the test" {
			t.Errorf("%q: problems %q, want one with its line, and the hint", line, problems)
		}
	}
}

// A follow-up takes the tag of the first answer.
func TestFollowUp(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1-2"`)
		w.Header().Set("X-Icecap", "disk")
		if r.Header.Get("If-None-Match") == `"1-2"` {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	problems := run(t, h, nil, `GET /x
> Accept: text/html
> Host: a.example
status 200
source disk
again
> If-None-Match: {etag}
status 304
source disk
again
> If-None-Match: W/{etag}
status 200
source disk
`)
	if len(problems) > 0 {
		t.Errorf("problems %q", problems)
	}
}

// A server that hangs up or says nothing is a problem of that case, and the run goes on.
func TestNoAnswerIsAProblem(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cut" {
			w.Header().Set("Content-Length", "10")
			w.Write([]byte("short"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	})
	problems := run(t, h, nil, "host a.example\n\nGET /cut\nstatus 200\nsource app\n\nGET /\nstatus 200\nsource app\n")
	if len(problems) != 1 || !strings.Contains(problems[0], "read body") {
		t.Errorf("problems %q, want the cut body", problems)
	}
}
