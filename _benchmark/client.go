package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"icecap/nginx/bench"
)

// client compares the load generator with wrk, in turns, on one page of a
// hand-written static server.
func (l *lab) client() error {
	root := l.path("client")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "page.html"), make([]byte, 8<<10), 0o644); err != nil {
		return err
	}
	if err := os.Chmod(l.dir, 0o755); err != nil { // for the workers' user
		return err
	}
	site, err := l.nginx(plainServer(root, "http://127.0.0.1:1"))
	if err != nil {
		return err
	}
	row("connections", "icecap, requests/s", "wrk, requests/s", "icecap / wrk (median of ratios)", "least to most", "client's ceiling")
	row("---", "---", "---", "---", "---", "---")
	for _, connections := range []int{16, 64} {
		load := bench.Load{URLs: []string{site + "/page.html"}, Connections: connections, Duration: 2 * time.Second}
		rounds, err := bench.Interleave(l.ctx, []bench.Side{{Name: "wrk", Load: load, Driver: bench.Wrk}, {Name: "icecap", Load: load}}, l.rounds, nil)
		if err != nil {
			return err
		}
		wrk, own := bench.Rates(rounds[0]), bench.Rates(rounds[1])
		var ratios []float64
		for i := range own {
			ratios = append(ratios, own[i]/wrk[i])
		}
		top, err := bench.Ceiling(l.ctx, load, 8<<10)
		if err != nil {
			return err
		}
		row(connections, fmt.Sprintf("%.0f", median(own)), fmt.Sprintf("%.0f", median(wrk)), median(ratios), spread(ratios), fmt.Sprintf("%.0f", top.Rate))
	}
	return nil
}
