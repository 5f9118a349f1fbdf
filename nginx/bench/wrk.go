package bench

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Wrk lets the program wrk put the load on the server, as a check of [Run] by
// other hands. It knows no fixed rate, counts whole seconds, has no warm-up and
// takes any status below 400 for good.
func Wrk(ctx context.Context, load Load) (Result, error) {
	load = load.withDefaults()
	target, err := load.target()
	if err != nil {
		return Result{}, err
	}
	if load.Rate > 0 || load.NoKeepAlive {
		return Result{}, fmt.Errorf("run wrk: it has neither a fixed rate nor a connection for each request")
	}
	script, err := writeScript(target.uris, load.Header)
	if err != nil {
		return Result{}, fmt.Errorf("run wrk: %w", err)
	}
	defer os.Remove(script)
	seconds := max(int(load.Duration.Round(time.Second).Seconds()), 1)
	cmd := exec.CommandContext(ctx, "wrk", "-t", strconv.Itoa(min(runtime.NumCPU(), load.Connections)), "-c", strconv.Itoa(load.Connections),
		"-d", strconv.Itoa(seconds), "--timeout", strconv.Itoa(max(int(load.Timeout.Seconds()), 1)), "--latency", "-s", script, target.uris[0])
	out, err := cmd.CombinedOutput()
	if err != nil {
		return Result{}, fmt.Errorf("run wrk: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return readWrk(string(out), time.Duration(seconds)*time.Second)
}

// writeScript makes wrk ask the URIs in turn, each thread from its beginning.
func writeScript(uris []string, header http.Header) (string, error) {
	file, err := os.CreateTemp("", "icecap-*.lua")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("local paths = {\n")
	for _, uri := range uris {
		fmt.Fprintf(&b, "  %s,\n", luaString(pathOf(uri)))
	}
	b.WriteString("}\nlocal headers = {}\n")
	for name, values := range header {
		for _, value := range values {
			fmt.Fprintf(&b, "headers[%s] = %s\n", luaString(name), luaString(value))
		}
	}
	b.WriteString("local next = 0\nfunction request()\n  next = next % #paths + 1\n  return wrk.format('GET', paths[next], headers)\nend\n")
	if _, err = file.WriteString(b.String()); err == nil {
		err = file.Close()
	}
	return file.Name(), err
}

// luaString quotes a string, every byte but the plain ones by its number.
func luaString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\%03d`, c)
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// pathOf is path and query of an absolute URI.
func pathOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	if slash := strings.IndexAny(rest, "/?"); slash >= 0 {
		if rest[slash] == '?' {
			return "/" + rest[slash:]
		}
		return rest[slash:]
	}
	return "/"
}

var (
	wrkRate    = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkCount   = regexp.MustCompile(`(\d+) requests in`)
	wrkBad     = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	wrkSocket  = regexp.MustCompile(`Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
	wrkPercent = regexp.MustCompile(`(?m)^\s+(50|90|99)%\s+([0-9.]+)(us|ms|s|m)\s*$`)
)

// readWrk reads what wrk prints.
func readWrk(out string, elapsed time.Duration) (Result, error) {
	r := Result{Elapsed: elapsed}
	rate, count := wrkRate.FindStringSubmatch(out), wrkCount.FindStringSubmatch(out)
	if rate == nil || count == nil {
		return r, fmt.Errorf("run wrk: it printed no rate: %s", out)
	}
	r.Rate, _ = strconv.ParseFloat(rate[1], 64) // digits
	r.Requests, _ = strconv.ParseInt(count[1], 10, 64)
	for _, found := range [][]string{wrkBad.FindStringSubmatch(out), wrkSocket.FindStringSubmatch(out)} {
		for _, digits := range found[min(len(found), 1):] {
			n, _ := strconv.ParseInt(digits, 10, 64)
			r.Errors += n
		}
	}
	if r.Errors > 0 {
		r.FirstErr = fmt.Errorf("wrk counted %d failed requests", r.Errors)
	}
	for _, found := range wrkPercent.FindAllStringSubmatch(out, -1) {
		took, _ := time.ParseDuration(found[2] + found[3])
		*map[string]*time.Duration{"50": &r.P50, "90": &r.P90, "99": &r.P99}[found[1]] = took
	}
	return r, nil
}
