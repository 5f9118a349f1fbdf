package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// blogPhotos is how many photos the 10,000 posts of blogParts show.
const blogPhotos = 2000

// warmBuilds is how many warm builds follow each cold one.
const warmBuilds = 3

// A part is a build with some of what blogParts adds up.
type part struct {
	name                      string
	search, pictures, related bool
}

// parts are what is compared with the first.
var parts = []part{{name: "none"}, {name: "search", search: true}, {name: "pictures", pictures: true}, {name: "related posts", related: true},
	{name: "all three", search: true, pictures: true, related: true}}

// The kinds of builds that are compared.
var partSteps = []string{"cold", "nothing changed", "one post changed, published"}

// blogParts tells what the search index, the forms of pictures, which were made before,
// and related posts add to a build, each alone and all together. Without them the same
// posts show the same photos, which are published as they are.
func (l *lab) blogParts() error {
	if err := l.buildUnrelated(); err != nil {
		return err
	}
	posts, forms := l.path("blog-parts"), l.path("blog-parts-forms")
	if _, err := l.measure(l.path("posts"), posts, fmt.Sprint(blogPosts), fmt.Sprint(blogPhotos)); err != nil {
		return err
	}
	first, err := l.buildPart(parts[len(parts)-1], posts, forms)
	if err != nil {
		return err
	}
	fmt.Printf("The first build makes the forms of %d photos in %.1f s of processor time.\n\n", blogPhotos, first.cpu.Seconds())
	taken := map[string][]sample{} // by part and step
	for round := range l.rounds {
		order := slices.Clone(parts)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		if err := l.partsRound(round, order, posts, forms, taken); err != nil {
			return err
		}
	}
	printParts(taken)
	return nil
}

// partsRound builds each part from nothing, and then by turns with nothing and with one
// post changed.
func (l *lab) partsRound(round int, order []part, posts, forms string, taken map[string][]sample) error {
	out := func(p part) string { return l.path(fmt.Sprintf("parts-%s-%d", strings.Fields(p.name)[0], round)) }
	build := func(step int) error {
		for _, p := range order {
			if step == 0 {
				syscall.Sync()
			}
			s, err := l.buildPart(p, posts, out(p))
			if err != nil {
				return err
			}
			if step == 1 && !strings.Contains(s.out, "nothing changed") {
				return fmt.Errorf("build without a change: %s", s.out)
			}
			key := p.name + partSteps[step]
			taken[key] = append(taken[key], s)
		}
		return nil
	}
	for _, p := range order {
		err := os.MkdirAll(out(p), 0o755)
		if p.pictures && err == nil {
			err = os.CopyFS(filepath.Join(out(p), "blog.images"), os.DirFS(filepath.Join(forms, "blog.images")))
		}
		if err == nil {
			err = os.Link(filepath.Join(forms, "lock"), filepath.Join(out(p), "lock")) // it is icecap's folder
		}
		if err != nil {
			return err
		}
	}
	if err := build(0); err != nil {
		return err
	}
	for n := range warmBuilds {
		if err := build(1); err != nil {
			return err
		}
		if err := appendLine(filepath.Join(posts, "posts", "y003", fmt.Sprintf("post-%06d.md", 3000+warmBuilds*round+n))); err != nil {
			return err
		}
		if err := build(2); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) buildPart(p part, posts, out string) (sample, error) {
	program, images := "icecap-unrelated", "original"
	if p.related {
		program = "icecap"
	}
	if p.pictures {
		images = "responsive"
	}
	return l.measure("env", fmt.Sprintf("ICECAP_BUILD_SEARCH=%t", p.search), "ICECAP_BUILD_IMAGES="+images, l.path(program), "build", posts, "--out", out, "--compress=false")
}

// buildUnrelated builds an icecap that looks for no related posts, for which there is no
// setting: one line of its source is another one, for the compiler alone.
func (l *lab) buildUnrelated() error {
	source, err := filepath.Abs("../render/related.go")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	const looks = "p.related = b.nearest(p)"
	if strings.Count(string(text), looks) != 1 {
		return errors.New("build icecap without related posts: they are not looked for where they were")
	}
	changed, overlay := l.path("related.go"), l.path("overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(changed, []byte(strings.Replace(string(text), looks, "_ = b.nearest", 1)), 0o644), os.WriteFile(overlay, replace, 0o644)); err != nil {
		return err
	}
	cmd := exec.CommandContext(l.ctx, "go", "build", "-overlay", overlay, "-o", l.path("icecap-unrelated"), ".")
	cmd.Dir = "../cmd/icecap"
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build icecap without related posts: %w\n%s", err, out)
	}
	return nil
}

// printParts prints the ratios of the medians, and how far those of the pairs lie apart.
func printParts(taken map[string][]sample) {
	cpu := func(s sample) float64 { return s.cpu.Seconds() }
	wall := func(s sample) float64 { return s.wall.Seconds() }
	row("10,000 posts, 2,000 photos", "part", "CPU seconds (median)", "CPU, with / without", "least to most", "seconds, with / without")
	row("---", "---", "---", "---", "---", "---")
	for _, step := range partSteps {
		none := taken[parts[0].name+step]
		row(step, parts[0].name, medianOf(none, cpu), "", "", "")
		for _, p := range parts[1:] {
			with := taken[p.name+step]
			var pairs []float64
			for i := range with {
				pairs = append(pairs, cpu(with[i])/cpu(none[i]))
			}
			row(step, p.name, medianOf(with, cpu), medianOf(with, cpu)/medianOf(none, cpu), spread(pairs), medianOf(with, wall)/medianOf(none, wall))
		}
	}
}

func medianOf(samples []sample, value func(sample) float64) float64 {
	var list []float64
	for _, s := range samples {
		list = append(list, value(s))
	}
	return median(list)
}
