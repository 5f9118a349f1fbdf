package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/nginx"
)

func (a *app) maintenanceCommand() *cobra.Command {
	var page string
	cmd := &cobra.Command{
		Use:   "maintenance",
		Short: "Close the way to the app, or say whether it is closed",
		Long: `While it is closed, frozen pages answer as ever, and copies that stand in for the
app do. All else gets status 503, Retry-After and a page. NGINX sees it with the
next request: it is neither reloaded, nor need anybody be root.`,
		Example: "  icecap maintenance on\n  icecap maintenance on --page closed.html\n  icecap maintenance off",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.maintain(cmd, func(c *config) error {
				if _, err := os.Stat(maintenanceFolder(c)); errors.Is(err, fs.ErrNotExist) {
					a.reply("maintenance is off")
					return nil
				} else if err != nil {
					return fmt.Errorf("look for maintenance: %w", err)
				}
				a.reply("maintenance is on")
				return nil
			})
		},
	}
	on := &cobra.Command{
		Use:   "on",
		Short: "Close the way to the app",
		Long: `The page is that of --page, or the one frozen at the path that maintenance under
[gate] names, or a plain one.`,
		Example: "  icecap maintenance on --page closed.html",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.maintain(cmd, func(c *config) error { return a.closeApp(c, page) })
		},
	}
	on.Flags().StringVar(&page, "page", "", "file of the HTML page to show")
	off := &cobra.Command{
		Use: "off", Short: "Open the way to the app again", Example: "  icecap maintenance off", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.maintain(cmd, a.openApp) },
	}
	for _, c := range []*cobra.Command{cmd, on, off} {
		addOut(c)
	}
	cmd.AddCommand(on, off)
	return cmd
}

// maintain runs one of the commands in an output folder that exists.
func (a *app) maintain(cmd *cobra.Command, run func(*config) error) error {
	_, c, err := a.openStore(cmd)
	if err != nil {
		return err
	}
	return run(c)
}

func maintenanceFolder(c *config) string {
	return filepath.Join(c.Freeze.Out, nginx.MaintenanceFolder)
}

// closeApp makes the folder that the gate looks for, whole at once.
func (a *app) closeApp(c *config, file string) error {
	page, err := a.maintenancePage(c, file)
	if err != nil {
		return err
	}
	next, err := os.MkdirTemp(c.Freeze.Out, "."+nginx.MaintenanceFolder+"-")
	if err != nil {
		return fmt.Errorf("begin maintenance: %w", err)
	}
	defer os.RemoveAll(next)
	if err := os.Chmod(next, 0o755); err != nil {
		return fmt.Errorf("begin maintenance: %w", err)
	}
	name := filepath.Join(next, nginx.MaintenanceFile)
	err = os.WriteFile(name, page, 0o644)
	if err == nil {
		err = os.Chmod(name, 0o644) // whatever the umask: NGINX's worker is another user
	}
	if err != nil {
		return fmt.Errorf("write the page of the maintenance: %w", err)
	}
	folder := maintenanceFolder(c)
	if _, missing := os.Lstat(folder); missing != nil {
		err = os.Rename(next, folder)
	} else { // it is on already: only the page is another
		err = os.Rename(name, filepath.Join(folder, nginx.MaintenanceFile))
	}
	if err != nil {
		return fmt.Errorf("begin maintenance: %w", err)
	}
	a.reply("maintenance is on: what needs the app gets status 503; frozen pages answer as ever")
	return nil
}

// plainMaintenance is the page where nobody has another.
const plainMaintenance = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Back soon</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem }</style>
<h1>Back soon</h1>
<p>We are working on this part of the site. Please try again in a few minutes.</p>
`

// maxMaintenancePage is more than any page of one's own needs.
const maxMaintenancePage = 1 << 20

func (a *app) maintenancePage(c *config, file string) ([]byte, error) {
	if file != "" {
		info, err := os.Stat(file)
		if err != nil {
			return nil, usageError{fmt.Errorf("read the page of the maintenance: %w", err)}
		}
		if !info.Mode().IsRegular() || info.Size() == 0 || info.Size() > maxMaintenancePage {
			return nil, usageError{fmt.Errorf("read the page of the maintenance: %s is no file of 1 byte to 1 MiB", file)}
		}
		page, err := os.ReadFile(file)
		if err == nil && !utf8.Valid(page) {
			return nil, usageError{fmt.Errorf("read the page of the maintenance: %s is not UTF-8, as the gate will say", file)}
		}
		return page, err
	}
	if c.Gate.Maintenance == "" {
		return []byte(plainMaintenance), nil
	}
	path, err := content.ParsePath(c.Gate.Maintenance)
	if err != nil {
		return nil, c.wrong("gate.maintenance", err.Error())
	}
	current, err := c.openCurrent()
	if err != nil {
		return nil, err
	}
	for _, e := range current.site.Entries {
		if e.Path != path || e.Variant != "" || e.MediaType != "text/html" {
			continue
		}
		body, err := current.release.Open(e)
		if err != nil {
			return nil, err
		}
		defer body.Close()
		return io.ReadAll(io.LimitReader(body, maxMaintenancePage))
	}
	return nil, hintedError{err: exitError{3, fmt.Errorf("find the page of the maintenance: no HTML page is frozen at %s", path)},
		hint: "freeze it first, for instance with --seed " + path.String() + "; or give a file with --page"}
}

// openApp takes the folder away, at once.
func (a *app) openApp(c *config) error {
	aside, err := os.MkdirTemp(c.Freeze.Out, "."+nginx.MaintenanceFolder+"-")
	if err != nil {
		return fmt.Errorf("end maintenance: %w", err)
	}
	defer os.RemoveAll(aside)
	switch err := os.Rename(maintenanceFolder(c), filepath.Join(aside, "was")); {
	case errors.Is(err, fs.ErrNotExist):
		a.reply("maintenance was not on")
		return nil
	case err != nil:
		return fmt.Errorf("end maintenance: %w", err)
	}
	a.reply("maintenance is off: the app is asked again")
	return nil
}
