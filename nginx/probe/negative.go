package probe

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"icecap/content"
)

// negative sends what must never be answered from disk, one request at a time,
// so that each touch of the app belongs to the request before it.
func (v Verify) negative(ctx context.Context, target Target, entries []content.Entry, report *Report) error {
	for _, request := range v.negativeSet(entries) {
		answer, err := target.Do(ctx, request)
		if ctx.Err() != nil {
			return fmt.Errorf("verify what is left to the app: %w", ctx.Err())
		}
		report.Checked++
		name := v.describe(request)
		if err != nil {
			report.add(Difference{URL: name, What: "answer", Want: "one", Got: err.Error()})
			continue
		}
		if answer.Source != FromApp {
			report.add(Difference{URL: name, What: "source", Want: string(FromApp), Got: string(answer.Source)})
		}
		if len(answer.Touches) != 1 {
			report.add(Difference{URL: name, What: "touches of the app", Want: "1", Got: strconv.Itoa(len(answer.Touches))})
			continue
		}
		if saw, want := answer.Touches[0].String(), request.Method+" "+request.Target; saw != want {
			report.add(Difference{URL: name, What: "what the app saw", Want: want, Got: saw})
		}
	}
	return nil
}

// describe names a request in a report: its line, and the headers that matter.
func (v Verify) describe(r Request) string {
	name := r.Target
	if r.Method != "GET" {
		name = r.Method + " " + name
	}
	lines := slices.DeleteFunc(slices.Clone(r.Header), func(line string) bool { return line == "Host: "+v.Host })
	if len(lines) > 0 {
		name += " (" + strings.Join(lines, ", ") + ")"
	}
	return name
}

// negativeSet is made of the first and the last page of each media type, with
// and without a query: each may take another way through the configuration, and
// the first page is mostly "/", which has few other spellings.
func (v Verify) negativeSet(entries []content.Entry) (set []Request) {
	type kind struct {
		media   string
		variant bool
	}
	first, last := map[kind]int{}, map[kind]int{}
	for i, e := range entries {
		k := kind{e.MediaType, e.Variant != ""}
		if _, seen := first[k]; !seen {
			first[k] = i
		}
		last[k] = i
	}
	for i, e := range entries {
		if k := (kind{e.MediaType, e.Variant != ""}); i == first[k] || i == last[k] {
			set = append(set, v.negativeFor(e)...)
		}
	}
	return set
}

// negativeFor varies the request for a frozen page in every way that must take it to the app.
func (v Verify) negativeFor(e content.Entry) (set []Request) {
	add := func(method, target string, lines ...string) {
		r := v.get(target)
		r.Method = method
		r.Header = append(r.Header, lines...)
		set = append(set, r)
	}
	path, url := e.Path.String(), e.URL()
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		add(method, url)
	}
	add("GET", url, "Authorization: Basic aWNlY2FwOnZlcmlmeQ==")
	for _, pattern := range v.cookies() {
		name := strings.Replace(pattern, "*", "x", 1)
		add("GET", url, "Cookie: theme=dark; "+name+"=1")
	}
	add("GET", url, "Upgrade: websocket", "Connection: Upgrade")
	add("GET", url, "X-Requested-With: XMLHttpRequest")
	add("GET", url, "HX-Request: true")
	add("GET", path+"?icecap-verify=1")
	for _, query := range v.nearMisses(e) {
		add("GET", path+"?"+query)
	}
	add("GET", "/"+path)            // "//x", which NGINX would make "/x"
	add("GET", "/."+path)           // "/./x"
	add("GET", "/icecap/.."+path)   // "/y/../x"
	add("GET", "/%2F"+path[1:])     // an encoded slash, merged like a plain one
	add("GET", "/icecap%2F.."+path) // "y/../x", decoded before the dots are taken away
	foreign := v.get(url)
	foreign.Header = []string{"Host: icecap-verify.invalid"}
	set = append(set, foreign)
	// Neither the files of a release nor the folder that never exists are URLs.
	for _, unknown := range []string{"/-" + path, "/p" + path, path + "@.html", path + "@-.html", "/icecap-verify-unknown" + path} {
		if !v.frozen(unknown) {
			add("GET", unknown)
		}
	}
	// What is refused for "/x" is looked for in the folder "/-". A page frozen
	// at "/-/x" must not be found there.
	if rest, ok := strings.CutPrefix(path, "/-/"); ok {
		add("POST", "/"+rest)
	}
	return set
}

// nearMisses are queries that differ from a frozen one in a way that an app may
// see: another parameter beside it, an encoding, letter case.
func (v Verify) nearMisses(e content.Entry) (queries []string) {
	if e.Variant == "" {
		return nil
	}
	queries = []string{
		e.Variant + "&icecap-verify=1", "icecap-verify=1&" + e.Variant, e.Variant + "&", "&" + e.Variant,
		e.Variant + "%00", e.Variant + "/../..", fmt.Sprintf("%%%02x%s", e.Variant[0], e.Variant[1:]),
	}
	for _, twin := range []string{strings.ToUpper(e.Variant), strings.ToLower(e.Variant)} {
		if _, found := v.entry(content.Key{Path: e.Path, Variant: twin}); !found && !content.CacheBuster(twin) {
			queries = append(queries, twin)
		}
	}
	return queries
}

// frozen reports whether a path has a page of its own.
func (v Verify) frozen(url string) bool {
	path, err := content.ParsePath(url)
	if err != nil {
		return false
	}
	_, found := v.entry(content.Key{Path: path})
	return found
}

// cookies are the patterns of cookies that send a visitor to the app.
func (v Verify) cookies() []string {
	if v.Gate == nil {
		return nil
	}
	return v.Gate.Cookies
}
