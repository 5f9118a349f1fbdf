package main

import (
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
)

// countFiles counts the regular files below dir.
func countFiles(dir string) (int, error) {
	n := 0
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	return n, err
}

// ignoreExit4 takes "published, but some pages failed" for success: what
// matters to the clock is that the crawl went to its end.
func ignoreExit4(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 4 {
		return nil
	}
	return err
}
