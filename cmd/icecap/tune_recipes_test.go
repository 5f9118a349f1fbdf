package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"icecap/nginx/tune"
)

// TestTuneRecipes starts real servers by the recipes, once with the first value of
// each knob and once with the last, and measures them. What is gained is no matter.
func TestTuneRecipes(t *testing.T) {
	for _, test := range []struct {
		recipe string
		setup  func(t *testing.T, c *config, own *tuneFlags) (app string)
	}{
		{"uwsgi", func(t *testing.T, c *config, own *tuneFlags) string {
			python(t, "python3-flask", "sqlite3")
			program(t, "uwsgi-core", "/usr/bin/uwsgi")
			program(t, "uwsgi-plugin-python3", "/usr/lib/uwsgi/plugins/python3_plugin.so")
			c.runDir, own.noKeepAlive = flaskFolder(t), true
			return "app:app"
		}},
		{"gunicorn", func(t *testing.T, c *config, _ *tuneFlags) string {
			interpreter := python(t, "gunicorn", "gunicorn")
			t.Setenv("PATH", filepath.Dir(interpreter)+":"+os.Getenv("PATH"))
			c.runDir = flaskFolder(t)
			return "app:app"
		}},
		{"php-fpm", func(t *testing.T, c *config, _ *tuneFlags) string {
			program(t, "php-fpm", "/usr/sbin/php-fpm[0-9]*", "/usr/sbin/php-fpm")
			dir := serverDir(t)
			writeServerFile(t, dir, "index.php", "<p>hello <?= 6 * 7 ?>")
			c.App.Root, c.App.Script = dir, "/index.php"
			return ""
		}},
		{"postgresql", func(t *testing.T, c *config, own *tuneFlags) string {
			const bin = "/usr/lib/postgresql/*/bin/"
			postgres := program(t, "postgresql", bin+"postgres", "/usr/local/bin/postgres", "/usr/bin/postgres")
			data := filepath.Join(serverDir(t), "data")
			mustRun(t, serverCommand(t, filepath.Dir(data), filepath.Join(filepath.Dir(postgres), "initdb"), "-D", data, "-U", "shop", "-A", "trust", "--locale=C", "--no-sync"))
			own.measure = `psql -At -h 127.0.0.1 -p {port} -U shop -c "select setting::int * 8 / 1024 from pg_settings where name = 'shared_buffers'" postgres`
			return data
		}},
		{"puma", func(t *testing.T, c *config, _ *tuneFlags) string {
			program(t, "puma", "/usr/bin/puma")
			c.runDir = serverDir(t)
			writeServerFile(t, c.runDir, "config.ru", "run ->(env) { [200, {'content-type' => 'text/html'}, ['hello']] }\n")
			return "config.ru"
		}},
	} {
		t.Run(test.recipe, func(t *testing.T) {
			c := defaults()
			own := tuneFlags{recipe: test.recipe, connections: 2, duration: duration(50 * time.Millisecond)}
			target := test.setup(t, c, &own)
			tuning, err := (&app{}).tuneServer(c, own, target)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := tuning.close(); err != nil {
					t.Error(err)
				}
			}()
			first, last := tune.Setting{}, tune.Setting{}
			for _, k := range tuning.knobs {
				first[k.Name], last[k.Name] = k.Values[0], k.Values[len(k.Values)-1]
			}
			for _, s := range []tune.Setting{first, last} {
				measureOnce(t, tuning.driver, s)
			}
		})
	}
}

func measureOnce(t *testing.T, d tune.Driver, s tune.Setting) {
	t.Helper()
	subject, err := d.Start(context.Background(), s)
	if err != nil {
		t.Fatalf("%v: %v", s, err)
	}
	m, err := subject.Measure(context.Background())
	if err != nil || m.Errors > 0 {
		t.Errorf("%v: %+v, %v", s, m, err)
	}
	if err := subject.Stop(); err != nil {
		t.Error(err)
	}
	port := subject.(*tunedServer).port
	if listening("tcp", "127.0.0.1:"+port)() == nil {
		t.Errorf("%v: something still answers on port %s", s, port)
	}
}
