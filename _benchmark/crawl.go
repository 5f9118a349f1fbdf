package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"icecap/nginx"
)

// crawl compares whole crawls of the shop's frozen copy, served by NGINX, so
// that no app is the limit: icecap stages, hashes, judges and publishes, the
// rivals write files. What they do not do, to compress each page twice, has a line
// of its own.
func (l *lab) crawl() error {
	site, err := l.frozenShop()
	if err != nil {
		return err
	}
	rivals := []struct {
		name string
		run  func(dir string) (sample, error)
	}{
		{"icecap", func(dir string) (sample, error) {
			s, err := l.measure(l.path("icecap"), "freeze", site, "--compress=false", "--out", dir)
			return s, ignoreExit4(err)
		}},
		{"icecap with .gz and .br", func(dir string) (sample, error) {
			s, err := l.measure(l.path("icecap"), "freeze", site, "--out", dir)
			return s, ignoreExit4(err)
		}},
		{"colly", func(dir string) (sample, error) { return l.measure(l.path("colly"), site+"/", dir) }},
		{"wget", func(dir string) (sample, error) {
			s, err := l.measure("wget", "-q", "-r", "-l", "inf", "-p", "--reject-regex", `\?`, "-P", dir, site+"/")
			if err != nil && s.wall > 0 { // wget exits with 8 when any link answers 404, as /cart does here
				err = nil
			}
			return s, err
		}},
	}
	walls := make([][]float64, len(rivals))
	var rss, pages []float64
	for round := range l.rounds {
		for i, rival := range rivals {
			dir := l.path(fmt.Sprintf("crawl-%d-%s", round, rival.name))
			if err := os.Mkdir(dir, 0o755); err != nil {
				return err
			}
			// What the last run left the disk to do is no part of this one. Nothing is deleted
			// before the end either: ext4 takes no inode that was freed in the last five seconds,
			// and looks at each of thousands before it makes one file.
			syscall.Sync()
			s, err := rival.run(dir)
			if err != nil {
				return err
			}
			n, err := countFiles(dir)
			if err != nil {
				return err
			}
			walls[i] = append(walls[i], s.wall.Seconds())
			if i == 0 {
				rss = append(rss, float64(s.rss)/(1<<20))
			}
			pages = append(pages, float64(n))
		}
	}
	row("crawler", "files", "seconds (median)", "icecap is faster by (median of ratios)", "least to most")
	row("---", "---", "---", "---", "---")
	for i, rival := range rivals {
		ratios := make([]float64, l.rounds)
		for round := range ratios {
			ratios[round] = walls[i][round] / walls[0][round]
		}
		row(rival.name, strconv.Itoa(int(pages[i])), fmt.Sprintf("%.3f", median(walls[i])), median(ratios), spread(ratios))
	}
	fmt.Printf("\nPeak memory of icecap: %.0f MiB (median).\n", median(rss))
	return nil
}

// frozenShop freezes the shop once and serves the release from a private NGINX
// without an app. It returns the address.
func (l *lab) frozenShop() (string, error) {
	public, err := freeAddress()
	if err != nil {
		return "", err
	}
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	if err := l.start(address, l.path("shop"), "--addr", address, "--db", l.path("shop.db")); err != nil {
		return "", err
	}
	if s, err := l.measure(l.path("icecap"), "freeze", "http://"+address, "--public", "http://"+public, "--out", l.path("shop-frozen")); ignoreExit4(err) != nil {
		return "", fmt.Errorf("%w\n%s", err, s.out)
	}
	conf, err := nginx.Server{Site: "shop", Hosts: []string{"127.0.0.1"}, Root: l.path("shop-frozen")}.Config()
	if err != nil {
		return "", err
	}
	instance, err := nginx.Start(l.ctx, nginx.Instance{Binary: l.binary, Config: conf, Address: public})
	if err != nil {
		return "", err
	}
	l.stops = append(l.stops, func() { instance.Stop() })
	return "http://" + public, nil
}
