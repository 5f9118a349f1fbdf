package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"icecap/nginx"
)

// gateRound is how long wrk asks for one file.
const gateRound = 2 * time.Second

// gate compares the emitted gate, one worker, with the plainest hand-written
// static server on the same bytes, and a miss with a bare proxy to the same app.
func (l *lab) gate() error {
	site, err := l.frozenShop()
	if err != nil {
		return err
	}
	if _, err := l.measure(l.path("icecap"), "export", l.path("plain"), "--out", l.path("shop-frozen")); err != nil {
		return err
	}
	app, err := l.nginx(nginx.Config{Server: nginx.Block{
		{Name: "location", Args: []string{"/"}, Block: nginx.Block{{Name: "return", Args: []string{"200", "an answer of the app"}}}},
	}})
	if err != nil {
		return err
	}
	conf, err := nginx.Server{Site: "shop", Hosts: []string{"127.0.0.1"}, Root: l.path("shop-frozen"),
		App: nginx.App{Kind: nginx.Proxy, Address: strings.TrimPrefix(app, "http://")}}.Config()
	if err != nil {
		return err
	}
	gate, err := l.nginx(conf)
	if err != nil {
		return err
	}
	plain, err := l.nginx(plainServer(l.path("plain"), app))
	if err != nil {
		return err
	}
	row("file", "gate, requests/s", "plain, requests/s", "gate / plain (median of ratios)", "least to most")
	row("---", "---", "---", "---", "---")
	paths, err := filesToAsk(site)
	if err != nil {
		return err
	}
	for _, path := range append(paths, "/miss/nothing-here") {
		if err := l.compareGate(path, gate, plain); err != nil {
			return err
		}
	}
	return nil
}

// compareGate lets wrk ask both servers for one path, in turns.
func (l *lab) compareGate(path, gate, plain string) error {
	var rates [2][]float64
	var ratios []float64
	for range l.rounds {
		var rate [2]float64
		for i, base := range []string{gate, plain} {
			n, err := l.wrk("", base+path, 32, gateRound)
			if err != nil {
				return err
			}
			rate[i] = n
			rates[i] = append(rates[i], n)
		}
		ratios = append(ratios, rate[0]/rate[1])
	}
	row(path, fmt.Sprintf("%.0f", median(rates[0])), fmt.Sprintf("%.0f", median(rates[1])), median(ratios), spread(ratios))
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
	return process.URL(), nil
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
