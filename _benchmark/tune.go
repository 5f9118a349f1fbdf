package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"icecap/nginx/tune"
)

// tune lets icecap find the settings of uWSGI for a Flask app on PostgreSQL, from one
// process with all logs, and prints its own record.
func (l *lab) tune() error {
	if err := l.notes(); err != nil {
		return err
	}
	return l.record("tune", "--recipe", "uwsgi", "notes:app", "--no-keepalive", "--duration", "300ms", "--rounds", l.tuneRounds(), "--budget", "4m",
		"--knob", "processes=1,2,4,32", "--knob", "threads=1,2", "--knob", "max_requests=0,1000", "--knob", "LOG=debug,info,warning")
}

// tuneNGINX does it with NGINX, from its defaults, for the shop's pages under 40 kept
// connections, and then under more connections than one worker takes.
func (l *lab) tuneNGINX() error {
	if _, err := l.frozenShop(); err != nil {
		return err
	}
	for _, connections := range []string{"40", "600"} {
		if err := l.record("tune", "--out", l.path("shop-frozen"), "--pass", "none", "--connections", connections, "--duration", "200ms", "--rounds", l.tuneRounds(),
			"--budget", "100s", "--log", "tune-nginx-"+connections+".json"); err != nil {
			return err
		}
		fmt.Println()
	}
	return nil
}

// story tells of the whole stack, on the shop. Its app server has one knob of Go's: how
// much garbage it lets pile up.
func (l *lab) story() error {
	shop := []string{"--products", "200", "--categories", "5"}
	command := "exec ./shop --addr 127.0.0.1:{port} " + strings.Join(shop, " ")
	if s, err := l.measure(l.path("icecap"), "freeze", "--run", "exec ./shop --addr 127.0.0.1:$PORT "+strings.Join(shop, " "), "--public", "http://shop.example.com", "--out", l.path("shop-frozen")); ignoreExit4(err) != nil {
		return fmt.Errorf("%w\n%s", err, s.out)
	}
	return l.record("bench", "--story", "--out", l.path("shop-frozen"), "--command", command, "--knob", "GOGC=100,200,400,800", "--connections", "16", "--duration", "250ms", "--rounds", l.tuneRounds(), "--budget", "60s")
}

// same measures a knob that does nothing, many times: what is accepted is a mistake.
// Every try is decided as the only one of its knob.
func (l *lab) same() error {
	const tries = 40
	values := "0"
	for i := range tries {
		values += fmt.Sprint(",", i+1)
	}
	if _, err := l.measure(l.path("icecap"), "tune", "--command", "exec ./shop --addr 127.0.0.1:{port} --products 50 --categories 2", "--knob", "SAME="+values,
		"--duration", "100ms", "--budget", "10m", "--log", "same.json"); err != nil {
		return err
	}
	var log struct{ Experiments []tune.Experiment }
	text, err := os.ReadFile(l.path("same.json"))
	if err == nil {
		err = json.Unmarshal(text, &log)
	}
	if err != nil {
		return err
	}
	accepted, gains := 0, []float64{}
	for i := range log.Experiments {
		e := &log.Experiments[i]
		if e.Kind != tune.Trial {
			continue
		}
		v := tune.Rule{}.Decide(e, 1)
		gains = append(gains, v.Gain*100)
		if v.Accepted {
			accepted++
		}
	}
	row("knobs that do nothing", "accepted", "median gain, %", "least to most")
	row("---", "---", "---", "---")
	row(len(gains), accepted, median(gains), spread(gains))
	return nil
}

// tuneRounds are at least as many as six, below which nothing can be accepted.
func (l *lab) tuneRounds() string { return fmt.Sprint(max(l.rounds, 6)) }

// record runs icecap in the lab's folder and prints what it says.
func (l *lab) record(args ...string) error {
	cmd := exec.CommandContext(l.ctx, l.path("icecap"), args...)
	cmd.Dir, cmd.Stderr = l.dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("icecap %s: %w", args[0], err)
	}
	fmt.Printf("```\n%s```\n", out)
	return nil
}

// notes starts PostgreSQL with notes, and puts the app beside it; DSN and LOG_FILE tell
// it where they are.
func (l *lab) notes() error {
	if err := os.Chmod(l.dir, 0o755); err != nil { // for the database's user
		return err
	}
	script := `set -e
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
mkdir "$1" && if [ "$(id -u)" = 0 ]; then chown nobody "$1"; as="setpriv --reuid nobody --clear-groups"; fi
$as "$bin/initdb" -D "$1" -U notes -A trust --locale=C --no-sync >/dev/null
exec $as "$bin/postgres" -D "$1" -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=400`
	address, err := freeAddress()
	if err != nil {
		return err
	}
	port := address[len("127.0.0.1:"):]
	if err := l.start(address, "sh", "-c", script, "sh", l.path("postgres"), port); err != nil {
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
	return errors.Join(os.Setenv("DSN", dsn), os.Setenv("LOG_FILE", l.path("notes.log")))
}
