package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// seedsFrom adds the paths or URLs that a file lists, one a line. Empty lines
// and those that begin with "#" are none.
func (a *app) seedsFrom(c *config, name string) error {
	input := io.Reader(os.Stdin)
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return usageError{fmt.Errorf("read the list of URLs: %w", err)}
		}
		defer file.Close()
		input = file
	}
	before := len(c.Freeze.Seeds)
	lines := bufio.NewScanner(input)
	for lines.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line != "" && line[0] != '#' {
			c.Freeze.Seeds = append(c.Freeze.Seeds, line)
		}
	}
	if err := lines.Err(); err != nil {
		return usageError{fmt.Errorf("read the list of URLs %s: %w", name, err)}
	}
	if len(c.Freeze.Seeds) == before {
		return usageError{fmt.Errorf("read the list of URLs %s: there is none in it", name)}
	}
	return nil
}
