package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"icecap/content/release"
	"icecap/nginx"
)

func (a *app) nginxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "nginx",
		Short:   "The gate as NGINX configuration",
		Example: "  icecap nginx print\n  icecap nginx check\n  icecap nginx install --dry-run",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.nginxPrintCommand(), a.nginxCheckCommand(), a.nginxInstallCommand(), a.nginxUninstallCommand(), a.nginxRollbackCommand())
	return cmd
}

// addGateFlags declares the flags that say how the gate is built.
func addGateFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.String("app", "", "address of the app (default: where the release was crawled)")
	flags.String("pass", "", "where NGINX passes a miss: "+passForms)
	flags.StringSlice("cookie", nil, "preset or name of a cookie that sends a visitor to the app, such as django or session_*")
	addSiteFlags(flags)
}

func (a *app) nginxPrintCommand() *cobra.Command {
	var part string
	var full fullFlags
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print the two snippets: one for the http level, one for a server block",
		Long: `The configuration is the same for every crawl of a site: no page stands in it.
With --full it is a whole nginx.conf for a fresh host, with TLS where the site's
address is https, logs, and every site whose icecap.toml is named.
Cookie presets: ` + presetNames() + `.`,
		Example: `  icecap nginx print
  icecap nginx print --part http   > /etc/nginx/conf.d/icecap-shop.conf
  icecap nginx print --part server > /etc/nginx/snippets/icecap-shop.conf
  icecap nginx print --pass uwsgi:///run/shop.sock --cookie django
  icecap nginx print --full --site /srv/blog/icecap.toml > nginx.conf`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, server, err := a.loadGate(cmd)
			if err != nil {
				return err
			}
			text, err := a.printed(c, server, part, full)
			if err != nil {
				return err
			}
			fmt.Fprint(a.stdout, text)
			if server.App.Kind == nginx.NoApp {
				return nil // nobody to send a visitor to
			}
			return a.sayCookies(c, server)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&part, "part", "all", "all, http or server")
	flags.BoolVar(&full.on, "full", false, "print a whole nginx.conf for a fresh host")
	flags.StringArrayVar(&full.sites, "site", nil, "with --full: the icecap.toml of one more site on this host")
	flags.StringVar(&full.user, "user", "", "with --full: user of the NGINX workers (default www-data)")
	addGateFlags(cmd)
	return cmd
}

// fullFlags say what a whole configuration holds.
type fullFlags struct {
	on    bool
	sites []string
	user  string
}

// printed is what print prints.
func (a *app) printed(c *config, server nginx.Server, part string, full fullFlags) (string, error) {
	if !full.on {
		conf, err := server.Config()
		if err != nil {
			return "", err
		}
		return snippets(conf, part)
	}
	host := nginx.Host{User: full.user, Sites: []nginx.HostSite{c.hostSite(server)}}
	for _, file := range full.sites {
		other := *a
		other.configFile = file
		c, err := other.loadConfig(&pflag.FlagSet{})
		if err != nil {
			return "", err
		}
		server, err := c.gate()
		if err != nil {
			return "", err
		}
		host.Sites = append(host.Sites, c.hostSite(server))
	}
	conf, err := host.Config()
	return conf.String(), err
}

// hostSite adds the certificate: where none is named, the usual place of
// Let's Encrypt's, if the site's address is https.
func (c *config) hostSite(server nginx.Server) nginx.HostSite {
	if binary, err := nginx.Find(); err == nil {
		server.Compression = binary.Sends(os.DevNull) // a whole configuration loads no module
	}
	site := nginx.HostSite{Server: server, Certificate: c.Gate.Certificate, Key: c.Gate.CertificateKey}
	if strings.HasPrefix(c.Site.URL, "https://") {
		live := "/etc/letsencrypt/live/" + server.Hosts[0]
		site.Certificate = cmp.Or(site.Certificate, live+"/fullchain.pem")
		site.Key = cmp.Or(site.Key, live+"/privkey.pem")
	}
	return site
}

func snippets(conf nginx.Config, part string) (string, error) {
	switch part {
	case "all":
		return conf.String(), nil
	case "http":
		return conf.HTTP.String(), nil
	case "server":
		return conf.Server.String(), nil
	}
	return "", usageError{fmt.Errorf("print configuration: --part is %q, not all, http or server", part)}
}

func presetNames() string {
	text := ""
	for i, preset := range nginx.Presets() {
		if i > 0 {
			text += ", "
		}
		text += preset.Name
	}
	return text
}

// sayCookies warns of every cookie that the app set in the crawl and that no
// pattern covers: a visitor who carries it would be served the page of a stranger.
func (a *app) sayCookies(c *config, server nginx.Server) error {
	store, err := openExisting(c.Freeze.Out)
	if err != nil {
		return nil // nothing was frozen yet, so nothing was seen
	}
	current, err := store.Current()
	if errors.Is(err, release.ErrNoRelease) {
		return nil
	}
	if err != nil {
		return err
	}
	site, err := current.Site()
	if err != nil {
		return err
	}
	seenAt := map[string]string{}
	var names []string
	see := func(url string, cookies []string) {
		for _, name := range cookies {
			if seenAt[name] == "" {
				seenAt[name] = url
				names = append(names, name)
			}
		}
	}
	for _, skip := range site.Skips {
		see(skip.URL, skip.Cookies)
	}
	for _, e := range site.Entries { // of pages that were declared public
		see(e.URL(), e.Cookies)
	}
	for _, name := range nginx.Uncovered(server.Cookies, names) {
		a.say("warning: the app sets the cookie %q (%s), and no rule covers it: a visitor who carries it still gets frozen pages", name, seenAt[name])
		a.say(" hint: if it marks a visitor, add %q to cookies under [gate], or give --cookie", cmp.Or(nginx.PresetFor(name), name))
	}
	return nil
}
