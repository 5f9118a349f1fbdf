package main

import (
	"strings"

	"icecap/nginx/tune"
)

// A recipe is an app server that icecap knows how to tune.
type recipe struct {
	name    string
	app     string // what {app} stands for
	command string
	ready   string // as --ready-command; "" to ask by HTTP
	pass    string // protocol of the port, where it is not HTTP
	driver  bool   // it is measured by the app that uses it
	knobs   []tune.Knob
}

// serverRecipes begin with the server's own default for each knob.
var serverRecipes = []recipe{
	{name: "uwsgi", app: "the module, such as shop:app",
		command: "exec uwsgi --http-socket 127.0.0.1:{port} --plugin python3 --module {app} --need-app --master --die-on-term " +
			"--processes {processes} --threads {threads} --max-requests {max_requests} {logging}",
		knobs: []tune.Knob{{Name: "processes", Values: list("1,2,4,8")}, {Name: "threads", Values: list("1,2,4")},
			{Name: "logging", Values: list(",--disable-logging")}, {Name: "max_requests", Values: list("0,1000,10000")}}},
	{name: "gunicorn", app: "the module, such as shop:app",
		command: "exec python3 -m gunicorn --bind 127.0.0.1:{port} --workers {workers} --threads {threads} --worker-class {class} --max-requests {max_requests} {logging} {app}",
		knobs: []tune.Knob{{Name: "workers", Values: list("1,2,4,8")}, {Name: "threads", Values: list("1,2,4")}, {Name: "class", Values: list("sync,gthread")},
			{Name: "logging", Values: list(",--access-logfile -")}, {Name: "max_requests", Values: list("0,1000,10000")}}},
	{name: "php-fpm", app: "", pass: "fastcgi",
		// exec keeps it the leader of its group: else it makes a session of its own,
		// where it would not be found at the end.
		command: `cat > "$ICECAP_DIR/$PORT.conf" <<END
[global]
daemonize = no
error_log = /dev/stderr
[www]
listen = 127.0.0.1:{port}
user = nobody
group = nogroup
pm = {pm}
pm.max_children = {children}
pm.start_servers = 1
pm.min_spare_servers = 1
pm.max_spare_servers = 1
pm.max_requests = {max_requests}
END
exec "$(command -v php-fpm || ls /usr/sbin/php-fpm* | tail -n 1)" -F -y "$ICECAP_DIR/$PORT.conf"`,
		knobs: []tune.Knob{{Name: "children", Values: list("2,4,8,16")}, {Name: "pm", Values: list("dynamic,static")}, {Name: "max_requests", Values: list("0,1000")}}},
	{name: "puma", app: "the rackup file, such as config.ru",
		command: "exec puma -b tcp://127.0.0.1:{port} -e production -w {workers} -t {threads}:{threads} {logging} {app}",
		knobs:   []tune.Knob{{Name: "workers", Values: list("0,1,2,4")}, {Name: "threads", Values: list("5,1,2,16")}, {Name: "logging", Values: list(",-q")}}},
	{name: "postgresql", app: "the data folder of a cluster that is not running", driver: true, ready: "pg_isready -q -h 127.0.0.1 -p {port}",
		// It refuses to run as root, so it runs as the owner of the folder.
		command: `if [ "$(id -u)" = 0 ]; then set -- setpriv --reuid "$(stat -c %u {app})" --regid "$(stat -c %g {app})" --clear-groups; else set --; fi; ` +
			`exec "$@" "$(command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres | tail -n 1)" -D {app} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= ` +
			"-c shared_buffers={shared_buffers} -c work_mem={work_mem}",
		knobs: []tune.Knob{{Name: "shared_buffers", Values: list("128MB,16MB,512MB")}, {Name: "work_mem", Values: list("4MB,32MB")}}},
}

func list(s string) []string { return strings.Split(s, ",") }

func recipeOf(name string) (recipe, bool) {
	for _, r := range serverRecipes {
		if r.name == name {
			return r, true
		}
	}
	return recipe{}, false
}

func recipeNames() string {
	var names []string
	for _, r := range serverRecipes {
		names = append(names, r.name)
	}
	return strings.Join(names, ", ")
}
