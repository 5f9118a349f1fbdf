package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// blogPhotos is how many photos the 10,000 posts of blogImages show.
const blogPhotos = 2000

// blogImages tells what the smaller forms of pictures cost that were made before:
// builds with them and without, by turns, each into a new folder; and then again with
// one post changed.
func (l *lab) blogImages() error {
	folder := l.path("blog-images")
	if _, err := l.measure(l.path("posts"), folder, fmt.Sprint(blogPosts), fmt.Sprint(blogPhotos)); err != nil {
		return err
	}
	settings := map[string]string{}
	for _, images := range []string{"responsive", "original"} {
		settings[images] = l.path("images-" + images + ".toml")
		if err := os.WriteFile(settings[images], []byte("[build]\nimages = \""+images+"\"\n"), 0o644); err != nil {
			return err
		}
	}
	store := l.path("blog-images-made")
	first, err := l.measure(l.path("icecap"), "-c", settings["responsive"], "build", folder, "--out", store)
	if err != nil {
		return err
	}
	fmt.Printf("The first build makes the forms of %d photos in %.1f s of processor time.\n\n", blogPhotos, first.cpu.Seconds())
	var cold, warm []float64
	var last [2][2]sample
	for round := range l.rounds {
		var got [2][2]sample
		for i, images := range []string{"responsive", "original"} {
			out := l.path(fmt.Sprintf("blog-%s-%d", images, round))
			if err := os.CopyFS(filepath.Join(out, "blog.images"), os.DirFS(filepath.Join(store, "blog.images"))); err != nil {
				return err
			}
			if err := os.Link(filepath.Join(store, "lock"), filepath.Join(out, "lock")); err != nil { // it is icecap's folder
				return err
			}
			syscall.Sync()
			build := func() (sample, error) {
				return l.measure(l.path("icecap"), "-c", settings[images], "build", folder, "--out", out, "--compress=false")
			}
			var coldErr, warmErr error
			got[i][0], coldErr = build()
			touched := appendLine(filepath.Join(folder, "posts", "y003", fmt.Sprintf("post-%06d.md", 3000+2*round+i)))
			got[i][1], warmErr = build()
			if err := errors.Join(coldErr, touched, warmErr); err != nil {
				return err
			}
		}
		cold = append(cold, got[0][0].cpu.Seconds()/got[1][0].cpu.Seconds())
		warm = append(warm, got[0][1].cpu.Seconds()/got[1][1].cpu.Seconds())
		last = got
	}
	row("10,000 posts with a photo each, CPU seconds", "forms, made before", "originals only", "forms / originals (median)", "least to most")
	row("---", "---", "---", "---", "---")
	row("cold", last[0][0].cpu.Seconds(), last[1][0].cpu.Seconds(), median(cold), spread(cold))
	row("one post changed, published", last[0][1].cpu.Seconds(), last[1][1].cpu.Seconds(), median(warm), spread(warm))
	return nil
}
