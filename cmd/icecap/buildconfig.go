package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"icecap/content"
	"icecap/render"
)

// A buildConfig says how a folder of Markdown becomes pages.
type buildConfig struct {
	Dir         string `mapstructure:"dir" toml:"dir" yaml:"dir" json:"dir"`
	Prefix      string `mapstructure:"prefix" toml:"prefix" yaml:"prefix" json:"prefix"`
	Title       string `mapstructure:"title" toml:"title" yaml:"title" json:"title"`
	Description string `mapstructure:"description" toml:"description" yaml:"description" json:"description"`
	Author      string `mapstructure:"author" toml:"author" yaml:"author" json:"author"`
	Language    string `mapstructure:"language" toml:"language" yaml:"language" json:"language"`
	Timezone    string `mapstructure:"timezone" toml:"timezone" yaml:"timezone" json:"timezone"`
	PageSize    int    `mapstructure:"page_size" toml:"page_size" yaml:"page_size" json:"page_size"`
	FeedSize    int    `mapstructure:"feed_size" toml:"feed_size" yaml:"feed_size" json:"feed_size"`
	RawHTML     bool   `mapstructure:"raw_html" toml:"raw_html" yaml:"raw_html" json:"raw_html"`
	Search      bool   `mapstructure:"search" toml:"search" yaml:"search" json:"search"`
	Minify      bool   `mapstructure:"minify" toml:"minify" yaml:"minify" json:"minify"`
	Drafts      bool   `mapstructure:"drafts" toml:"drafts" yaml:"drafts" json:"drafts"`
	Future      bool   `mapstructure:"future" toml:"future" yaml:"future" json:"future"`
	Expired     bool   `mapstructure:"expired" toml:"expired" yaml:"expired" json:"expired"`
	Math        bool   `mapstructure:"math" toml:"math" yaml:"math" json:"math"`
	Wikilinks   string `mapstructure:"wikilinks" toml:"wikilinks" yaml:"wikilinks" json:"wikilinks"`
	Backlinks   bool   `mapstructure:"backlinks" toml:"backlinks" yaml:"backlinks" json:"backlinks"`
	Lenient     bool   `mapstructure:"lenient" toml:"lenient" yaml:"lenient" json:"lenient"`
	Images      string `mapstructure:"images" toml:"images" yaml:"images" json:"images"`
	BrokenLinks string `mapstructure:"broken_links" toml:"broken_links" yaml:"broken_links" json:"broken_links"`
}

func defaultBuild() buildConfig {
	return buildConfig{Search: true, Minify: true, Wikilinks: "auto", Images: imagesResponsive}
}

// What images can be.
const (
	imagesResponsive = "responsive"
	imagesOriginal   = "original"
)

// blogSource names the folder of Markdown among the sources of a release.
const blogSource = "blog"

// defaultAddress is that of a site whose public address nobody gave.
const defaultAddress = "http://localhost"

// settings are those of the folder in the form that render takes.
func (c *config) renderSettings() (render.Settings, error) {
	b := c.Build
	prefix := b.Prefix
	if prefix != "" {
		if prefix = "/" + strings.Trim(prefix, "/") + "/"; prefix == "//" {
			prefix = "/"
		}
		if _, err := content.ParsePath(prefix); err != nil {
			return render.Settings{}, c.wrong("build.prefix", err.Error())
		}
	}
	if b.PageSize < 0 || b.FeedSize < 0 {
		return render.Settings{}, c.wrong("build.page_size", "page_size and feed_size must be at least 1, or 0 for the default")
	}
	if b.BrokenLinks != "" && b.BrokenLinks != "error" && b.BrokenLinks != "warn" {
		return render.Settings{}, c.wrong("build.broken_links", fmt.Sprintf("%q is neither error nor warn", b.BrokenLinks))
	}
	if !slices.Contains([]string{"auto", "on", "off"}, b.Wikilinks) {
		return render.Settings{}, c.wrong("build.wikilinks", fmt.Sprintf("%q is neither auto, on nor off", b.Wikilinks))
	}
	if b.Images != imagesResponsive && b.Images != imagesOriginal {
		return render.Settings{}, c.wrong("build.images", fmt.Sprintf("%q is neither %s nor %s", b.Images, imagesResponsive, imagesOriginal))
	}
	if _, err := time.LoadLocation(b.Timezone); err != nil {
		return render.Settings{}, c.wrong("build.timezone", fmt.Sprintf("%q is no time zone such as Europe/Berlin", b.Timezone))
	}
	var math render.MathMarks
	if b.Math {
		math = render.AllMath
	}
	return render.Settings{
		Title: b.Title, Description: b.Description, Author: b.Author, Language: b.Language, URL: strings.TrimSuffix(c.Site.URL, "/"), Prefix: prefix,
		PageSize: b.PageSize, FeedSize: b.FeedSize, Timezone: b.Timezone, RawHTML: b.RawHTML, NoSearch: !b.Search, Unminified: !b.Minify, Drafts: b.Drafts, Future: b.Future, Expired: b.Expired,
		Math: math, Wikilinks: b.Wikilinks, Backlinks: b.Backlinks, WarnLinks: b.BrokenLinks == "warn", StrictLinks: b.BrokenLinks == "error", Lenient: b.Lenient, Originals: b.Images == imagesOriginal, Alone: c.App.Pass == "none", Revision: buildID(),
	}, nil
}

// builtPaths are those that the folder of Markdown has for itself, as a pattern:
// a crawl leaves them alone.
func (c *config) builtPaths() []string {
	if prefix := strings.Trim(c.Build.Prefix, "/"); prefix != "" {
		return []string{"/" + prefix + "/**"}
	}
	return nil
}

// folder opens the folder of Markdown. Nothing outside it can be read.
func (c *config) folder(dir string) (*render.Folder, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder %s: %w", dir, err)
	}
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, hintedError{err: usageError{fmt.Errorf("open the folder %s: it does not exist", dir)}, hint: "icecap build DIR, or set dir under [build] in icecap.toml"}
	case err != nil:
		return nil, fmt.Errorf("open the folder: %w", err)
	case !info.IsDir():
		return nil, usageError{fmt.Errorf("open the folder %s: it is a file", dir)}
	}
	settings, err := c.renderSettings()
	if err != nil {
		return nil, err
	}
	within, err := os.OpenRoot(root) // no symbolic link leads out of it
	if err != nil {
		return nil, fmt.Errorf("open the folder: %w", err)
	}
	files, err := beneath(within)
	if err != nil {
		return nil, err
	}
	f := &render.Folder{FS: files, Settings: settings, Now: time.Now(), Forms: c.forms()}
	if out, err := filepath.Rel(root, c.Freeze.Out); err == nil && filepath.IsLocal(out) {
		f.Ignore = append(f.Ignore, filepath.ToSlash(out))
	}
	return f, nil
}

// cacheFile is beside the releases. It can be deleted at any time.
func (c *config) cacheFile() string { return filepath.Join(c.Freeze.Out, "blog.cache") }

// readCache reads the cache, which is nil if there is none.
func (c *config) readCache() *render.Cache {
	file, err := os.Open(c.cacheFile())
	if err != nil {
		return nil
	}
	defer file.Close()
	var text strings.Builder // for a text refers to it in part, and must not be copied
	if info, err := file.Stat(); err == nil {
		text.Grow(int(info.Size()))
	}
	if _, err := io.Copy(&text, file); err != nil {
		return nil
	}
	return render.ReadCache(text.String())
}

// keepCache writes the cache. It is no loss if it is lost.
func (c *config) keepCache(cache *render.Cache) error { return keepFile(c.cacheFile(), cache) }

// keepFile writes what a later run may use, whole or not at all.
func keepFile(name string, cache io.WriterTo) (err error) {
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	defer os.Remove(file.Name())
	_, err = cache.WriteTo(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	if err := os.Rename(file.Name(), name); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	return nil
}

// buildID tells builds of icecap apart, also two of a changed checkout.
func buildID() string {
	id := version()
	if program, err := os.Executable(); err == nil {
		if info, err := os.Stat(program); err == nil {
			id += fmt.Sprintf(" %d %d", info.Size(), info.ModTime().UnixNano())
		}
	}
	return id
}
