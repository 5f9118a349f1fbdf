package main

import (
	"fmt"
	"os"
	"os/exec"
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

// tune lets icecap find the settings of uWSGI for a Flask app on PostgreSQL, and
// prints its own record.
func (l *lab) tune() error {
	if err := os.Chmod(l.dir, 0o755); err != nil { // for the database's user
		return err
	}
	data := l.path("postgres")
	script := `set -e
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
mkdir "$1" && if [ "$(id -u)" = 0 ]; then chown nobody "$1"; as="setpriv --reuid nobody --clear-groups"; fi
$as "$bin/initdb" -D "$1" -U notes -A trust --locale=C --no-sync >/dev/null
exec $as "$bin/postgres" -D "$1" -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200`
	address, err := freeAddress()
	if err != nil {
		return err
	}
	port := address[len("127.0.0.1:"):]
	if err := l.start(address, "sh", "-c", script, "sh", data, port); err != nil {
		return err
	}
	dsn := "postgresql://notes@" + address + "/postgres"
	seed := "create table note (id int primary key, title text, body text); insert into note select n, 'Note ' || n, repeat('ice ', 20) from generate_series(1, 5000) n"
	for attempt := 0; ; attempt++ { // it listens before it takes queries
		out, err := exec.CommandContext(l.ctx, "psql", "-q", "-d", dsn, "-c", seed).CombinedOutput()
		if err == nil {
			break
		}
		if attempt == 20 {
			return fmt.Errorf("seed the database: %w: %s", err, out)
		}
		time.Sleep(200 * time.Millisecond)
	}
	app, err := os.ReadFile("notes.py")
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.path("notes.py"), app, 0o644); err != nil {
		return err
	}
	os.Setenv("DSN", dsn)
	cmd := exec.CommandContext(l.ctx, l.path("icecap"), "tune", "--recipe", "uwsgi", "notes:app", "--no-keepalive", "--rounds", fmt.Sprint(max(l.rounds, 6)), "--budget", "8m")
	cmd.Dir, cmd.Stderr = l.dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("icecap tune: %w", err)
	}
	fmt.Printf("```\n%s```\n", out)
	return nil
}
