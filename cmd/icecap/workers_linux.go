package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// nginxWorkers finds the workers of every NGINX on this machine, by their
// masters. Their titles are for everybody to read. One that only finishes its last
// requests counts as well.
func nginxWorkers() (byMaster map[int][]int) {
	byMaster = map[int][]int{}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is sound
	for _, file := range files {
		title, err := os.ReadFile(file)
		if err != nil || !bytes.HasPrefix(title, []byte("nginx: worker process")) {
			continue
		}
		dir := filepath.Dir(file)
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		status, err := os.ReadFile(filepath.Join(dir, "status"))
		if err != nil {
			continue // it has ended meanwhile
		}
		var master int
		_, rest, _ := strings.Cut(string(status), "\nPPid:")
		if _, err := fmt.Sscan(rest, &master); err == nil {
			byMaster[master] = append(byMaster[master], pid)
		}
	}
	return byMaster
}
