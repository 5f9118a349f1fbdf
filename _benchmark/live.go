package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"icecap/nginx"
)

const (
	liveWorkers  = 8
	liveProducts = 1000
)

// live compares the crawl of an app that needs some milliseconds a page with
// what wrk gets out of the same URLs at the same concurrency, and the CPU of the
// crawler with a bare net/http loop that reads each body and writes it.
func (l *lab) live() error {
	address, err := l.startFlask()
	if err != nil {
		return err
	}
	urls, script, err := l.liveURLs("http://" + address)
	if err != nil {
		return err
	}
	var ratios, cpus, rates []float64
	for round := range l.rounds {
		frozen, err := l.measure(l.path("icecap"), "freeze", "http://"+address, "--json", "--compress=false", "--workers", strconv.Itoa(liveWorkers), "--out", l.path(fmt.Sprintf("live-%d", round)))
		if err != nil {
			return err
		}
		// A request of the second stranger is one for the app like any other.
		requests, err := requestsOf(frozen.out)
		if err != nil {
			return err
		}
		rate := requests / frozen.wall.Seconds()
		wrk, err := l.wrk(script, "http://"+address, liveWorkers, frozen.wall)
		if err != nil {
			return err
		}
		dir := l.path(fmt.Sprintf("bare-%d", round))
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		bare, err := l.measure(l.path("bare"), urls, dir, strconv.Itoa(liveWorkers))
		if err != nil {
			return err
		}
		rates = append(rates, rate)
		ratios = append(ratios, rate/wrk)
		cpus = append(cpus, (frozen.cpu.Seconds()/requests)/(bare.cpu.Seconds()/liveProducts))
	}
	row("figure", "median", "least to most")
	row("---", "---", "---")
	row("icecap, requests/s", median(rates), spread(rates))
	row("icecap's rate / wrk's rate", median(ratios), spread(ratios))
	row("icecap's CPU a request / bare loop's", median(cpus), spread(cpus))
	return nil
}

// startFlask runs app.py under gunicorn, with a process for each connection, behind
// NGINX, which keeps the connections of its clients: whichever process is free takes
// the next request, so nobody is lucky or unlucky for a whole run.
func (l *lab) startFlask() (string, error) {
	source, err := os.ReadFile("app.py")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(l.path("app.py"), source, 0o644); err != nil {
		return "", err
	}
	os.Setenv("CATALOGUE", l.path("catalogue.db"))
	// Debian's Flask belongs to Debian's Python, whatever else is first on PATH.
	if _, err := l.measure("/usr/bin/python3", "app.py"); err != nil {
		return "", err
	}
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	if err := l.start(address, "/usr/bin/gunicorn", "-w", strconv.Itoa(liveWorkers), "-b", address, "app:app"); err != nil {
		return "", err
	}
	site, err := l.nginx(nginx.Config{Server: nginx.Block{{Name: "location", Args: []string{"/"}, Block: nginx.Block{
		{Name: "proxy_pass", Args: []string{"http://" + address}},
		{Name: "proxy_set_header", Args: []string{"Host", "$http_host"}},
	}}}})
	return strings.TrimPrefix(site, "http://"), err
}

// liveURLs writes the product URLs as a list, and as a script for wrk.
func (l *lab) liveURLs(base string) (list, script string, err error) {
	var lines strings.Builder
	for n := range liveProducts {
		fmt.Fprintf(&lines, "%s/product/%d\n", base, n+1)
	}
	list, script = l.path("urls.txt"), l.path("urls.lua")
	if err := os.WriteFile(list, []byte(lines.String()), 0o644); err != nil {
		return "", "", err
	}
	lua := fmt.Sprintf(`local n = 0
function request() n = n %% %d + 1; return wrk.format("GET", "/product/" .. n) end
`, liveProducts)
	return list, script, os.WriteFile(script, []byte(lua), 0o644)
}

var (
	wrkRate     = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	pagesField  = regexp.MustCompile(`"pages": ([0-9]+)`)
	probesField = regexp.MustCompile(`"probes": ([0-9]+)`)
)

// wrk returns the requests a second that wrk reached with one thread.
func (l *lab) wrk(script, url string, connections int, d time.Duration, args ...string) (float64, error) {
	all := []string{"-t1", "-c" + strconv.Itoa(connections), fmt.Sprintf("-d%ds", max(1, int(d.Round(time.Second).Seconds())))}
	if script != "" {
		all = append(all, "-s", script)
	}
	s, err := l.measure("wrk", append(append(all, args...), url)...)
	if err != nil {
		return 0, err
	}
	if strings.Contains(s.out, "Non-2xx") {
		return 0, fmt.Errorf("wrk %s: %s", url, s.out)
	}
	return number(wrkRate, s.out)
}

// requestsOf is how many answers a freeze --json read to their end: the pages, and
// those of the second stranger.
func requestsOf(out string) (float64, error) {
	pages, err := number(pagesField, out)
	if err != nil {
		return 0, err
	}
	probes, err := number(probesField, out)
	return pages + probes, err
}

func number(pattern *regexp.Regexp, text string) (float64, error) {
	m := pattern.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("no %s in %q", pattern, text)
	}
	return strconv.ParseFloat(m[1], 64)
}
