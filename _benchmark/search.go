package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// blogSearch builds the posts with a search index and without one, by turns, from
// nothing and after one line more in one post, and compares the CPU seconds. Related
// posts are part of both.
func (l *lab) blogSearch() error {
	posts := l.path("blog-search")
	if _, err := l.measure(l.path("posts"), posts, fmt.Sprint(blogPosts)); err != nil {
		return err
	}
	var cold, warm [2][]float64
	var size int64
	for round := range l.rounds {
		var outs [2]string
		for i, search := range []string{"true", "false"} {
			outs[i] = l.path(fmt.Sprintf("search-%s-%d", search, round))
			s, err := l.buildSearch(search, posts, outs[i])
			if err != nil {
				return err
			}
			cold[i] = append(cold[i], s.cpu.Seconds())
		}
		name := filepath.Join(posts, "posts", "y003", fmt.Sprintf("post-%06d.md", 3000+round))
		file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(file, "\nOne line more, in round %d.\n", round)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		for i, search := range []string{"true", "false"} {
			s, err := l.buildSearch(search, posts, outs[i])
			if err != nil {
				return err
			}
			warm[i] = append(warm[i], s.cpu.Seconds())
		}
		if size, err = folderSize(filepath.Join(outs[0], "current", "p", "search")); err != nil {
			return err
		}
	}
	row("search, 10,000 posts, CPU seconds (median)", "with", "without", "with / without (median)", "least to most")
	row("---", "---", "---", "---", "---")
	for i, name := range []string{"cold", "one post changed, published"} {
		each := [][2][]float64{cold, warm}[i]
		var ratios []float64
		for n := range each[0] {
			ratios = append(ratios, each[0][n]/each[1][n])
		}
		row(name, median(each[0]), median(each[1]), median(ratios), spread(ratios))
	}
	fmt.Printf("\nThe index has %.1f MB.\n", float64(size)/1e6)
	return nil
}

func (l *lab) buildSearch(search, posts, out string) (sample, error) {
	return l.measure("env", "ICECAP_BUILD_SEARCH="+search, l.path("icecap"), "build", posts, "--out", out, "--compress=false")
}

// folderSize is what the files of a folder have, in bytes.
func folderSize(dir string) (size int64, err error) {
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return 0, err
	}
	err = filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}
