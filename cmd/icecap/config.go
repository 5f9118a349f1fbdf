package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"icecap/content"
	"icecap/freeze"
)

// A config is everything that can be set. A value comes from a flag, else from
// ICECAP_<SECTION>_<KEY> in the environment, else from the file, else from
// defaults(). There are no maps with keys of the user's own: viper lower-cases
// keys, so a header or cookie name is always a value in a list.
type config struct {
	Site struct {
		Name string `mapstructure:"name" toml:"name" yaml:"name" json:"name"`
		URL  string `mapstructure:"url" toml:"url" yaml:"url" json:"url"`
	} `mapstructure:"site" toml:"site" yaml:"site" json:"site"`
	App struct {
		URL  string `mapstructure:"url" toml:"url" yaml:"url" json:"url"`
		Pass string `mapstructure:"pass" toml:"pass" yaml:"pass" json:"pass"`
		Run  string `mapstructure:"run" toml:"run" yaml:"run" json:"run"`

		Ready        string   `mapstructure:"ready" toml:"ready" yaml:"ready" json:"ready"`
		ReadyTimeout duration `mapstructure:"ready_timeout" toml:"ready_timeout" yaml:"ready_timeout" json:"ready_timeout"`

		Balance     string `mapstructure:"balance" toml:"balance" yaml:"balance" json:"balance"`
		TLSName     string `mapstructure:"tls_name" toml:"tls_name" yaml:"tls_name" json:"tls_name"`
		TLSCA       string `mapstructure:"tls_ca" toml:"tls_ca" yaml:"tls_ca" json:"tls_ca"`
		TLSInsecure bool   `mapstructure:"tls_insecure" toml:"tls_insecure" yaml:"tls_insecure" json:"tls_insecure"`
		Root        string `mapstructure:"root" toml:"root" yaml:"root" json:"root"`
		Script      string `mapstructure:"script" toml:"script" yaml:"script" json:"script"`
	} `mapstructure:"app" toml:"app" yaml:"app" json:"app"`
	Freeze struct {
		Out      string   `mapstructure:"out" toml:"out" yaml:"out" json:"out"`
		Workers  int      `mapstructure:"workers" toml:"workers" yaml:"workers" json:"workers"`
		Rate     float64  `mapstructure:"rate" toml:"rate" yaml:"rate" json:"rate"`
		Timeout  duration `mapstructure:"timeout" toml:"timeout" yaml:"timeout" json:"timeout"`
		MaxPages int      `mapstructure:"max_pages" toml:"max_pages" yaml:"max_pages" json:"max_pages"`
		MaxDepth int      `mapstructure:"max_depth" toml:"max_depth" yaml:"max_depth" json:"max_depth"`
		Compress bool     `mapstructure:"compress" toml:"compress" yaml:"compress" json:"compress"`
		MaxBody  size     `mapstructure:"max_body" toml:"max_body" yaml:"max_body" json:"max_body"`
		MaxBytes size     `mapstructure:"max_bytes" toml:"max_bytes" yaml:"max_bytes" json:"max_bytes"`
		MaxTime  duration `mapstructure:"max_time" toml:"max_time" yaml:"max_time" json:"max_time"`
		Robots   string   `mapstructure:"robots" toml:"robots" yaml:"robots" json:"robots"`
		Include  []string `mapstructure:"include" toml:"include" yaml:"include" json:"include"`
		Exclude  []string `mapstructure:"exclude" toml:"exclude" yaml:"exclude" json:"exclude"`
		Seeds    []string `mapstructure:"seeds" toml:"seeds" yaml:"seeds" json:"seeds"`
		Public   []string `mapstructure:"public" toml:"public" yaml:"public" json:"public"`
		Probe    string   `mapstructure:"probe" toml:"probe" yaml:"probe" json:"probe"`
		MaxStale duration `mapstructure:"max_stale" toml:"max_stale" yaml:"max_stale" json:"max_stale"`
		Required []string `mapstructure:"required" toml:"required" yaml:"required" json:"required"`
		Fallback []string `mapstructure:"fallback" toml:"fallback" yaml:"fallback" json:"fallback"`
	} `mapstructure:"freeze" toml:"freeze" yaml:"freeze" json:"freeze"`
	Build buildConfig `mapstructure:"build" toml:"build" yaml:"build" json:"build"`
	Check checkConfig `mapstructure:"check" toml:"check" yaml:"check" json:"check"`
	Gate  struct {
		Cookies        []string `mapstructure:"cookies" toml:"cookies" yaml:"cookies" json:"cookies"`
		Ignore         []string `mapstructure:"ignore" toml:"ignore" yaml:"ignore" json:"ignore"`
		Reload         string   `mapstructure:"reload" toml:"reload" yaml:"reload" json:"reload"`
		AfterPublish   string   `mapstructure:"after_publish" toml:"after_publish" yaml:"after_publish" json:"after_publish"`
		OpenFiles      int      `mapstructure:"open_files" toml:"open_files" yaml:"open_files" json:"open_files"`
		Maintenance    string   `mapstructure:"maintenance" toml:"maintenance" yaml:"maintenance" json:"maintenance"`
		RetryAfter     duration `mapstructure:"retry_after" toml:"retry_after" yaml:"retry_after" json:"retry_after"`
		Certificate    string   `mapstructure:"certificate" toml:"certificate" yaml:"certificate" json:"certificate"`
		CertificateKey string   `mapstructure:"certificate_key" toml:"certificate_key" yaml:"certificate_key" json:"certificate_key"`
	} `mapstructure:"gate" toml:"gate" yaml:"gate" json:"gate"`
	Bucket struct {
		URL string `mapstructure:"url" toml:"url" yaml:"url" json:"url"`
	} `mapstructure:"bucket" toml:"bucket" yaml:"bucket" json:"bucket"`
	Backend []backend `mapstructure:"backend" toml:"backend" yaml:"backend" json:"backend"`
	Header  []header  `mapstructure:"header" toml:"header" yaml:"header" json:"header"`
	Mask    []mask    `mapstructure:"mask" toml:"mask" yaml:"mask" json:"mask"`
	Limit   []limit   `mapstructure:"limit" toml:"limit" yaml:"limit" json:"limit"`
	Query   []query   `mapstructure:"query" toml:"query" yaml:"query" json:"query"`

	Redirect []replay `mapstructure:"redirect" toml:"redirect" yaml:"redirect" json:"redirect"`
	Status   []replay `mapstructure:"status" toml:"status" yaml:"status" json:"status"`
	Refresh  []fresh  `mapstructure:"refresh" toml:"refresh" yaml:"refresh" json:"refresh"`

	file   string // where it was read from, "" if nowhere
	runDir string // working folder of the command of [app]; "" is icecap's own
}

// A header is a response header that the gate adds to frozen pages: to those of a
// path, or to all.
type header struct {
	Path  string `mapstructure:"path" toml:"path" yaml:"path" json:"path"`
	Name  string `mapstructure:"name" toml:"name" yaml:"name" json:"name"`
	Value string `mapstructure:"value" toml:"value" yaml:"value" json:"value"`
}

// A mask is noise in which two fetches of one page may differ.
type mask struct {
	Pattern string `mapstructure:"pattern" toml:"pattern" yaml:"pattern" json:"pattern"`
}

// A limit is how many URLs a part of the site may have.
type limit struct {
	Path  string `mapstructure:"path" toml:"path" yaml:"path" json:"path"`
	Pages int    `mapstructure:"pages" toml:"pages" yaml:"pages" json:"pages"`
}

// A query is a numbered parameter that tells pages of one path apart.
type query struct {
	Path  string `mapstructure:"path" toml:"path" yaml:"path" json:"path"`
	Param string `mapstructure:"param" toml:"param" yaml:"param" json:"param"`
	Max   int    `mapstructure:"max" toml:"max" yaml:"max" json:"max"`
}

// A replay says whether the gate answers the redirects, or the missing pages, of
// some paths itself.
type replay struct {
	Path   string `mapstructure:"path" toml:"path" yaml:"path" json:"path"`
	Replay bool   `mapstructure:"replay" toml:"replay" yaml:"replay" json:"replay"`
}

// A fresh says how old pages of a part of the site may get under watch --app.
type fresh struct {
	Path string   `mapstructure:"path" toml:"path" yaml:"path" json:"path"`
	TTL  duration `mapstructure:"ttl" toml:"ttl" yaml:"ttl" json:"ttl"`
}

// defaults also registers every key: viper sees an environment variable only
// for a key that it knows.
func defaults() *config {
	c := &config{}
	c.Site.Name = "icecap"
	c.App.ReadyTimeout = duration(time.Minute)
	c.Freeze.Out = "frozen"
	c.Freeze.Workers = 8
	c.Freeze.Timeout = duration(30 * time.Second)
	c.Freeze.Compress = true
	c.Freeze.MaxBody = 10 << 20
	c.Freeze.MaxStale = duration(72 * time.Hour)
	c.Freeze.Probe = string(freeze.ProbeSample)
	c.Freeze.Robots = string(freeze.RobotsAuto)
	c.Build = defaultBuild()
	c.Check.MaxAge = duration(7 * 24 * time.Hour)
	c.Gate.Ignore, c.Gate.RetryAfter = content.DefaultIgnore(), duration(2*time.Minute)
	return c
}

// A configError is a setting that cannot be used.
type configError struct{ what, at, hint string }

func (e *configError) Error() string { return e.what }

// loadConfig merges flags, environment, file and defaults. A flag named like a
// key of [freeze] ("max-pages") sets that key.
func (a *app) loadConfig(flags *pflag.FlagSet) (*config, error) {
	v := viper.New()
	v.SetEnvPrefix("ICECAP")
	v.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))
	v.AutomaticEnv()
	registerDefaults(v, "", reflect.ValueOf(*defaults()))

	file, err := a.findConfig()
	if err != nil {
		return nil, err
	}
	if file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		if err := checkKeys(file, data); err != nil {
			return nil, err
		}
		v.SetConfigFile(file)
		if err := v.ReadInConfig(); err != nil {
			return nil, &configError{what: fmt.Sprintf("read configuration: %v", err), at: file}
		}
	}
	for key, flag := range flagKeys {
		if f := flags.Lookup(flag); f != nil && f.Changed && (key != "app.url" || f.Value.Type() == "string") { // watch --app is a mode
			v.Set(key, flagValue(flags, f))
		}
	}
	c := &config{file: file}
	hook := viper.DecodeHook(mapstructure.ComposeDecodeHookFunc(
		mapstructure.TextUnmarshallerHookFunc(), mapstructure.StringToSliceHookFunc(",")))
	if err := v.UnmarshalExact(c, hook); err != nil {
		return nil, &configError{what: fmt.Sprintf("read settings: %v", unwrapDecode(err)), at: file,
			hint: "see icecap init for the settings and their forms"}
	}
	return c, c.resolve(flags)
}

// flagKeys says which flag sets which key.
var flagKeys = map[string]string{
	"site.name": "name", "site.url": "public", "app.url": "app", "app.pass": "pass",
	"app.run": "run", "app.ready": "ready", "app.ready_timeout": "ready-timeout",
	"freeze.out": "out", "freeze.workers": "workers", "freeze.rate": "rate", "freeze.timeout": "timeout",
	"freeze.max_pages": "max-pages", "freeze.max_depth": "max-depth", "freeze.max_body": "max-body", "freeze.compress": "compress",
	"freeze.max_bytes": "max-bytes", "freeze.max_time": "max-time", "freeze.robots": "robots",
	"freeze.include": "include", "freeze.exclude": "exclude", "freeze.seeds": "seed",
	"freeze.public": "declare-public", "freeze.probe": "probe", "freeze.max_stale": "max-stale",
	"gate.cookies": "cookie", "gate.after_publish": "after-publish", "bucket.url": "bucket",
	"build.prefix": "prefix", "build.drafts": "drafts", "build.future": "future", "build.expired": "expired",
	"build.raw_html": "raw-html", "build.broken_links": "broken-links", "build.lenient": "lenient",
	"check.exclude": "exclude", "check.max_age": "max-age",
}

// flagValue keeps a list a list: pflag's String would add brackets.
func flagValue(flags *pflag.FlagSet, f *pflag.Flag) any {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return f.Value.String()
}

func registerDefaults(v *viper.Viper, prefix string, value reflect.Value) {
	for i := range value.NumField() {
		field := value.Type().Field(i)
		key := field.Tag.Get("mapstructure")
		switch {
		case key == "":
		case field.Type.Kind() == reflect.Struct:
			registerDefaults(v, key+".", value.Field(i))
		case field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct: // a list of tables has no form in the environment
		default:
			v.SetDefault(prefix+key, defaultValue(value.Field(i)))
		}
	}
}

// defaultValue is the text of a type of ours, so that one decode hook reads all.
func defaultValue(value reflect.Value) any {
	if text, ok := value.Interface().(fmt.Stringer); ok {
		return text.String()
	}
	return value.Interface()
}

// configNames in the order in which they are looked for.
var configNames = []string{"icecap.toml", "icecap.yaml", "icecap.yml", "icecap.json"}

// findConfig returns -c, or the nearest configuration file at or above the
// working folder, or "".
func (a *app) findConfig() (string, error) {
	if a.configFile != "" {
		return filepath.Abs(a.configFile)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the configuration: %w", err)
	}
	for {
		for _, name := range configNames {
			file := filepath.Join(dir, name)
			if _, err := os.Stat(file); err == nil {
				return file, nil
			} else if !errors.Is(err, os.ErrNotExist) {
				return "", fmt.Errorf("find the configuration: %w", err)
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", nil
		}
		dir = parent
	}
}

// resolve makes paths absolute and checks what no single package checks. A
// path in a file is relative to the file, a path in a flag to the working folder.
func (c *config) resolve(flags *pflag.FlagSet) error {
	base := "."
	if out := flags.Lookup("out"); c.file != "" && (out == nil || !out.Changed) {
		base = filepath.Dir(c.file)
	}
	if !filepath.IsAbs(c.Freeze.Out) {
		c.Freeze.Out = filepath.Join(base, c.Freeze.Out)
	}
	out, err := filepath.Abs(c.Freeze.Out)
	if err != nil {
		return fmt.Errorf("find the output folder: %w", err)
	}
	c.Freeze.Out = out
	if run := flags.Lookup("run"); c.file != "" && (run == nil || !run.Changed) {
		c.runDir = filepath.Dir(c.file)
	}
	if err := c.checkReady(); err != nil {
		return err
	}
	for key, n := range map[string]float64{
		"freeze.workers": float64(c.Freeze.Workers), "freeze.rate": c.Freeze.Rate,
		"freeze.max_pages": float64(c.Freeze.MaxPages), "freeze.max_depth": float64(c.Freeze.MaxDepth), "gate.open_files": float64(c.Gate.OpenFiles),
	} {
		if n < 0 {
			return c.wrong(key, "must not be negative")
		}
	}
	if pass := flags.Lookup("pass"); pass != nil && pass.Changed {
		c.Backend = nil // a flag wins over the file
	}
	if c.Gate.OpenFiles > 0 && c.Gate.Reload == "" {
		return c.wrong("gate.open_files", "needs reload under [gate]: each publish is then a reload of NGINX")
	}
	if err := c.queries().Check(); err != nil {
		return c.wrong("query", err.Error())
	}
	if c.Site.URL != "" {
		if u, err := url.Parse(c.Site.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return c.wrong("site.url", fmt.Sprintf("%q is no address such as https://shop.example.com", c.Site.URL))
		}
	}
	return nil
}

// checkReady checks what says that a command is ready.
func (c *config) checkReady() error {
	if c.App.Ready == "" {
		return nil
	}
	if c.App.Run == "" {
		return c.wrong("app.ready", "needs a command to wait for: set app.run, or give --run")
	}
	if u, err := url.Parse(c.App.Ready); err != nil || u.Host != "" || u.Fragment != "" || !strings.HasPrefix(c.App.Ready, "/") {
		return c.wrong("app.ready", fmt.Sprintf("%q is no path such as /healthz", c.App.Ready))
	}
	return nil
}

func (c *config) wrong(key, reason string) error {
	return &configError{what: "setting " + key + ": " + reason, at: c.file}
}

// required are the paths without which nothing is published.
func (c *config) required() ([]content.Path, error) {
	var list []content.Path
	for _, raw := range c.Freeze.Required {
		path, err := content.ParsePath(raw)
		if err != nil {
			return nil, c.wrong("freeze.required", err.Error())
		}
		list = append(list, path)
	}
	return list, nil
}

// queries are the declared and the ignored parameters in the form that the other
// packages take.
func (c *config) queries() content.Queries {
	q := content.Queries{Ignore: c.Gate.Ignore}
	for _, rule := range c.Query {
		q.Rules = append(q.Rules, content.QueryRule{Path: rule.Path, Param: rule.Param, Max: rule.Max})
	}
	return q
}

func replayRules(list []replay) (rules []freeze.ReplayRule) {
	for _, r := range list {
		rules = append(rules, freeze.ReplayRule{Path: r.Path, Replay: r.Replay})
	}
	return rules
}

func (c *config) limits() (limits []freeze.Limit) {
	for _, l := range c.Limit {
		limits = append(limits, freeze.Limit{Path: l.Path, Pages: l.Pages})
	}
	return limits
}

// headers are the declared ones in the form that the other packages take.
func (c *config) headers() []content.Header {
	var list []content.Header
	for _, h := range c.Header {
		list = append(list, content.Header{Name: h.Name, Value: h.Value, Path: h.Path})
	}
	return list
}

// masks are the patterns of noise.
func (c *config) masks() []string {
	var list []string
	for _, m := range c.Mask {
		list = append(list, m.Pattern)
	}
	return list
}

// unwrapDecode keeps the last line of mapstructure's report, which names the key.
func unwrapDecode(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(lines[len(lines)-1]), "* "))
}
