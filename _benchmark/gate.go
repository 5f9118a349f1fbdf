package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"icecap/nginx"
)

// gateRound is how long wrk asks for one file.
const gateRound = 2 * time.Second

// appTime is what the app takes for a page, where a miss is measured.
const appTime = 5 * time.Millisecond

// gate compares the emitted gate, one worker each, with the plainest hand-written
// static server on the same bytes, with NGINX's own cache and Varnish on hits, and
// a miss with a bare proxy to the same app.
func (l *lab) gate() error {
	site, err := l.frozenShop()
	if err != nil {
		return err
	}
	if _, err := l.measure(l.path("icecap"), "export", l.path("plain"), "--out", l.path("shop-frozen")); err != nil {
		return err
	}
	if err := l.packPlain(); err != nil {
		return err
	}
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(appTime)
		fmt.Fprint(w, "an answer of the app")
	}))
	defer slow.Close()
	servers, err := l.gateServers(slow.URL)
	if err != nil {
		return err
	}
	paths, err := filesToAsk(site)
	if err != nil {
		return err
	}
	gateHead()
	const gzip = "Accept-Encoding: gzip"
	for _, rival := range []string{"plain", "plain, tcp_nopush"} {
		for _, path := range paths {
			if err := l.compareGate(question{path: path}, "gate", rival, servers); err != nil {
				return err
			}
		}
	}
	for _, c := range []struct{ path, header, ours, rival string }{
		{"/category/mugs", gzip, "gate", "plain"},
		{"/static/shop.css", gzip, "gate", "plain"},
		{"/category/mugs", "", "open files", "gate"},
		{"/category/mugs", "", "open files", "plain"},
		{"/static/shop.css", "", "open files", "plain"},
		{"/category/mugs", "", "gate", "proxy_cache"},
		{"/static/shop.css", "", "gate", "proxy_cache"},
		{"/category/mugs", "", "gate", "proxy_cache, tcp_nopush"},
		{"/static/shop.css", "", "gate", "proxy_cache, tcp_nopush"},
		{"/category/mugs", "", "gate", "varnish"},
		{"/static/shop.css", "", "gate", "varnish"},
		{"/miss/nothing-here", "", "gate", "plain"},
	} {
		if servers[c.rival] == "" {
			fmt.Printf("| %s | no %s here |\n", c.path, c.rival)
			continue
		}
		if err := l.compareGate(question{path: c.path, header: c.header}, c.ours, c.rival, servers); err != nil {
			return err
		}
	}
	return nil
}

// gateHead is the head of the table of compareGate.
func gateHead() {
	row("asked for", "of", "gate, requests/s", "rival, requests/s", "gate / rival (median of ratios)", "least to most", "requests for the same processor time", "least to most")
	row("---", "---", "---", "---", "---", "---", "---", "---")
}

// packPlain compresses the plain server's files beside themselves, for gzip_static.
func (l *lab) packPlain() error {
	_, err := l.measure("find", l.path("plain"), "(", "-name", "*.html", "-o", "-name", "*.css", "-o", "-name", "*.svg", ")",
		"-size", "+1k", "-exec", "gzip", "-k", "{}", "+")
	return err
}

// gateServers starts everything that is compared, and names the addresses.
func (l *lab) gateServers(app string) (map[string]string, error) {
	servers := map[string]string{}
	front := nginx.Server{Site: "shop", Hosts: []string{"127.0.0.1"}, Root: l.path("shop-frozen"), Compression: l.binary.CanSend(), Cookies: []string{"shop_session"},
		App: nginx.App{Kind: nginx.Proxy, Address: strings.TrimPrefix(app, "http://")}}
	gate, err := front.Config()
	if err != nil {
		return nil, err
	}
	release, err := filepath.EvalSymlinks(l.path("shop-frozen", "current"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(l.path("shop-frozen", nginx.RootFile), []byte(nginx.RootConf(release)), 0o644); err != nil {
		return nil, err
	}
	front.OpenFiles = 400
	open, err := front.Config()
	if err != nil {
		return nil, err
	}
	plain := plainServer(l.path("plain"), app)
	if servers["plain"], err = l.nginx(plain); err != nil {
		return nil, err
	}
	cache := cacheServer(servers["plain"])
	for name, conf := range map[string]nginx.Config{
		"gate": gate, "open files": open, "proxy_cache": cache, "plain, tcp_nopush": inOnePacket(plain), "proxy_cache, tcp_nopush": inOnePacket(cache),
	} {
		if servers[name], err = l.nginx(conf); err != nil {
			return nil, err
		}
	}
	varnish, err := exec.LookPath("varnishd")
	if err != nil {
		return servers, nil
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	servers["varnish"] = "http://" + address
	return servers, l.start(address, varnish, "-F", "-n", l.path("varnish"), "-a", address, "-b", strings.TrimPrefix(servers["plain"], "http://"),
		"-s", "malloc,256m", "-t", "3600", "-p", "thread_pools=1")
}

// inOnePacket is a rival with what the gate sets for its own pages, and Debian for
// all of a machine: the head of an answer and the file leave together.
func inOnePacket(conf nginx.Config) nginx.Config {
	conf.Server = append(slices.Clone(conf.Server), nginx.Directive{Name: "tcp_nopush", Args: []string{"on"}})
	return conf
}

// cacheServer is NGINX's own cache in front of what serves the site.
func cacheServer(site string) nginx.Config {
	one := func(name string, args ...string) nginx.Directive { return nginx.Directive{Name: name, Args: args} }
	return nginx.Config{
		HTTP: nginx.Block{
			one("proxy_cache_path", "cache", "keys_zone=c:10m"),
			{Name: "upstream", Args: []string{"site"}, Block: nginx.Block{one("server", strings.TrimPrefix(site, "http://")), one("keepalive", "32")}},
		},
		Server: nginx.Block{{Name: "location", Args: []string{"/"}, Block: nginx.Block{
			one("proxy_http_version", "1.1"), one("proxy_set_header", "Connection", ""),
			one("proxy_cache", "c"), one("proxy_cache_valid", "1h"), one("proxy_ignore_headers", "Cache-Control", "Vary"), one("proxy_pass", "http://site"),
		}}},
	}
}

// A question is what wrk asks for.
type question struct {
	path   string
	header string // one more
	script string // a file for wrk, which chooses the paths
	name   string // of the script
}

// compareGate lets wrk ask two servers for the same, in turns.
func (l *lab) compareGate(ask question, ours, rival string, servers map[string]string) error {
	var rates [2][]float64
	var ratios, costs []float64
	var args []string
	what := ask.path + ask.name
	if ask.header != "" {
		args, what = []string{"-H", ask.header}, what+" (gzip)"
	}
	for range l.rounds {
		var rate, cost [2]float64
		for i, name := range []string{ours, rival} {
			before := l.workerTime(servers[name])
			n, err := l.wrk(ask.script, servers[name]+ask.path, 32, gateRound, args...)
			if err != nil {
				return err
			}
			rate[i], cost[i] = n, (l.workerTime(servers[name])-before)/n
			rates[i] = append(rates[i], n)
		}
		ratios = append(ratios, rate[0]/rate[1])
		if cost[0] > 0 && cost[1] > 0 {
			costs = append(costs, cost[1]/cost[0])
		}
	}
	cpu := []any{"-", "-"}
	if len(costs) > 0 {
		cpu = []any{median(costs), spread(costs)}
	}
	row(append([]any{what, ours + " beside " + rival, fmt.Sprintf("%.0f", median(rates[0])), fmt.Sprintf("%.0f", median(rates[1])), median(ratios), spread(ratios)}, cpu...)...)
	return nil
}

// plainServer is what one writes by hand: files, else the app.
func plainServer(root, app string) nginx.Config {
	return nginx.Config{
		HTTP: nginx.Block{
			{Name: "include", Args: []string{"/etc/nginx/mime.types"}},
			{Name: "upstream", Args: []string{"plain_app"}, Block: nginx.Block{
				{Name: "server", Args: []string{strings.TrimPrefix(app, "http://")}},
				{Name: "keepalive", Args: []string{"32"}},
			}},
		},
		Server: nginx.Block{
			{Name: "root", Args: []string{root}},
			{Name: "gzip_static", Args: []string{"on"}},
			{Name: "gzip_vary", Args: []string{"on"}},
			{Name: "location", Args: []string{"/"}, Block: nginx.Block{
				{Name: "try_files", Args: []string{"$uri", "$uri.html", "$uri/index.html", "@app"}},
			}},
			{Name: "location", Args: []string{"@app"}, Block: nginx.Block{
				{Name: "proxy_http_version", Args: []string{"1.1"}},
				{Name: "proxy_set_header", Args: []string{"Connection", ""}},
				{Name: "proxy_pass", Args: []string{"http://plain_app"}},
			}},
		},
	}
}

// nginx starts a server with one worker and returns its address.
func (l *lab) nginx(conf nginx.Config) (string, error) {
	process, err := nginx.Start(l.ctx, nginx.Instance{Binary: l.binary, Config: conf})
	if err != nil {
		return "", err
	}
	l.stops = append(l.stops, func() { process.Stop() })
	if l.masters == nil {
		l.masters = map[string]int{}
	}
	l.masters[process.URL()] = process.PID()
	return process.URL(), nil
}

// workerTime is the processor time that the workers of a server have used, in
// ticks of a hundredth of a second; 0 of a server that is no NGINX of ours.
func (l *lab) workerTime(url string) (ticks float64) {
	master, ok := l.masters[url]
	if !ok {
		return 0
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", master, master))
	if err != nil {
		return 0
	}
	for _, worker := range strings.Fields(string(children)) {
		stat, err := os.ReadFile("/proc/" + worker + "/stat")
		if err != nil {
			continue
		}
		// utime and stime are the 12th and 13th field behind the name (proc(5)).
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		for _, field := range fields[11:13] {
			n, _ := strconv.ParseFloat(field, 64)
			ticks += n
		}
	}
	return ticks
}

// filesToAsk are one page, style sheet, image and font of the frozen shop. Each
// must be there: a comparison of two 404s would prove nothing.
func filesToAsk(site string) ([]string, error) {
	paths := []string{"/", "/category/mugs", "/static/shop.css", "/images/mugs-480.png", "/images/mugs-1.svg", "/static/source-serif-4-semibold.woff2"}
	for _, path := range paths {
		response, err := http.Get(site + path)
		if err != nil {
			return nil, err
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("GET %s: %s", path, response.Status)
		}
	}
	return paths, nil
}
