package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"icecap/nginx"
)

// blogPrefix is where the blog beside the shop lies.
const blogPrefix = "/blog/"

// notes are the whole blog.
var notes = map[string]string{
	"2024-05-01-how-ice-forms.md":    "---\ntags: [ice]\naliases: [/old/ice/]\n---\n# How ice forms\n\nSlowly, from the edge. See [what it carries](2024-06-01-what-ice-carries.md).\n",
	"2024-06-01-what-ice-carries.md": "---\ntags: [ice]\n---\n# What ice carries\n\n| thickness | carries |\n|---|---|\n| 10 cm | a skater |\n| 40 cm | a lorry |\n\n```go\nfunc carries(cm int) bool { return cm >= 10 }\n```\n",
	"about.md":                       "# About\n\nWritten in three files.\n",
}

func writeNotes(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range notes {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// blog builds a folder of Markdown into the shop's release.
func (d *demo) blog(ctx context.Context) error {
	d.title("A blog beside it: three Markdown files, under %s of the same site", blogPrefix)
	dir := filepath.Join(d.dir, "notes")
	if err := writeNotes(dir); err != nil {
		return err
	}
	return d.show(d.icecap(ctx, d.dir, "build", dir))
}

// blogAlone builds the same files into a site of their own, without any app.
func (d *demo) blogAlone(ctx context.Context) (err error) {
	d.title("The same blog alone, without any app")
	dir := filepath.Join(d.dir, "alone")
	if err := writeNotes(dir); err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	settings := fmt.Sprintf("[site]\nurl = %q\n[app]\npass = \"none\"\n", "http://"+address)
	if err := os.WriteFile(filepath.Join(dir, "icecap.toml"), []byte(settings), 0o644); err != nil {
		return err
	}
	if err := d.show(d.icecap(ctx, dir, "build")); err != nil {
		return err
	}
	front, err := d.gateOf(ctx, dir, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, front.stop()) }()
	for _, want := range []struct {
		path     string
		status   int
		location string
		text     string
	}{
		{"/how-ice-forms/", http.StatusOK, "", `href="/what-ice-carries/"`},
		{"/tags/ice/", http.StatusOK, "", "/how-ice-forms/"},
		{"/old/ice/", http.StatusMovedPermanently, "/how-ice-forms/", ""},
		{"/nothing", http.StatusNotFound, "", "</html>"},
	} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, front.url+want.path, nil)
		if err != nil {
			return err
		}
		response, body, err := fetch(request)
		switch {
		case err != nil:
			return err
		case response.StatusCode != want.status || response.Header.Get("Location") != want.location:
			return fmt.Errorf("get %s: %s to %q, not %d to %q", request.URL, response.Status, response.Header.Get("Location"), want.status, want.location)
		case response.Header.Get(nginx.Marker) != "disk" || !bytes.Contains(body, []byte(want.text)):
			return fmt.Errorf("get %s: it is not the page of the blog", request.URL)
		}
		d.say("%-20s %s %s", want.path, response.Status, want.location)
	}
	return nil
}
