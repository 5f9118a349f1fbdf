package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// visibleWithin is when a save counts as never shown.
const visibleWithin = 2 * time.Minute

// A previewed is a folder of posts that a server shows.
type previewed struct {
	name, dir, url string
	body, title    []float64 // milliseconds from save to visible
}

// watch saves posts of 10,000 by turns under icecap watch and Hugo's server, and
// asks until the save is seen: a line more on the page of a post, and a new title
// on the front page.
func (l *lab) watch() error {
	hugo, err := l.findHugo()
	if err != nil {
		return err
	}
	both, err := l.startPreviews(hugo)
	if err != nil {
		return err
	}
	newest, err := firstPost(both[0].url)
	if err != nil {
		return err
	}
	for n := range l.rounds {
		for _, p := range both {
			post := fmt.Sprintf("posts/y003/post-%06d", 3000+n)
			took, err := l.save(p, post, "/"+post+"/", fmt.Sprintf("Line %d of the benchmark.", n), func(text, mark string) string { return text + "\n" + mark + "\n" })
			if err != nil {
				return err
			}
			p.body = append(p.body, took)
			took, err = l.save(p, newest, "/", fmt.Sprintf("Title %d of the benchmark", n), func(text, mark string) string {
				return regexp.MustCompile(`(?m)^title: .*`).ReplaceAllString(text, "title: "+mark)
			})
			if err != nil {
				return err
			}
			p.title = append(p.title, took)
		}
	}
	row("save to visible, 10,000 posts", "icecap, ms (median)", "least to most", "Hugo, ms (median)", "least to most", "Hugo / icecap (median of rounds)")
	row("---", "---", "---", "---", "---", "---")
	show := func(what string, ours, theirs []float64) {
		var ratios []float64
		for i := range ours {
			ratios = append(ratios, theirs[i]/ours[i])
		}
		row(what, median(ours), spread(ours), median(theirs), spread(theirs), median(ratios))
	}
	show("a line more, on its page", both[0].body, both[1].body)
	show("another title, on the front page", both[0].title, both[1].title)
	fmt.Println()
	return l.watchInChromium(both[0])
}

// savesInChromium is how many saves of each kind the browser is measured with, so that
// their 95th percentile is not the slowest of all.
const savesInChromium = 24

// watchInChromium measures until the browser shows a save, where there are a
// browser and the tests' playwright-core.
func (l *lab) watchInChromium(p *previewed) error {
	modules, err := filepath.Abs("../.ci/browser")
	if err != nil {
		return err
	}
	chromium, err := exec.LookPath("chromium")
	if _, missing := os.Stat(filepath.Join(modules, "node_modules", "playwright-core")); err != nil || missing != nil {
		fmt.Println("Without chromium and playwright-core (npm ci --prefix .ci/browser) nothing is measured in a browser.")
		return nil
	}
	script, err := filepath.Abs("watch.mjs")
	if err != nil {
		return err
	}
	s, err := l.measure("node", script, modules, chromium, p.url, p.dir, fmt.Sprint(savesInChromium))
	fmt.Print(s.out)
	return err
}

// startPreviews starts both servers, each on its own copy of the posts.
func (l *lab) startPreviews(hugo string) ([]*previewed, error) {
	ours, theirs := l.path("watched"), l.path("hugo-watched")
	if _, err := l.measure(l.path("posts"), ours, fmt.Sprint(blogPosts)); err != nil {
		return nil, err
	}
	if err := errors.Join(os.CopyFS(theirs, os.DirFS("hugo")), os.CopyFS(filepath.Join(theirs, "content"), os.DirFS(ours))); err != nil {
		return nil, err
	}
	var addresses [2]string
	for i := range addresses {
		var err error
		if addresses[i], err = freeAddress(); err != nil {
			return nil, err
		}
	}
	if err := l.start(addresses[0], l.path("icecap"), "watch", ours, "--addr", addresses[0]); err != nil {
		return nil, err
	}
	_, port, _ := strings.Cut(addresses[1], ":")
	if err := l.start(addresses[1], hugo, "server", "-s", theirs, "--bind", "127.0.0.1", "--port", port, "--quiet"); err != nil {
		return nil, err
	}
	both := []*previewed{{name: "icecap", dir: ours, url: "http://" + addresses[0]}, {name: "Hugo", dir: filepath.Join(theirs, "content"), url: "http://" + addresses[1]}}
	for _, p := range both { // both are ready, and have shown the pages once
		for _, path := range []string{"/", "/posts/y003/post-003000/"} {
			if err := l.untilSeen(p.url+path, "</html>"); err != nil {
				return nil, err
			}
		}
	}
	return both, nil
}

// firstPost is the file, without its ending, that the front page shows first.
func firstPost(url string) (string, error) {
	answer, err := http.Get(url + "/")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(`href="/(posts/y\d+/post-\d+)/"`).FindSubmatch(body)
	if m == nil {
		return "", errors.New("find a post on the front page: there is none")
	}
	return string(m[1]), nil
}

// save changes a file and measures the milliseconds until a page shows the mark.
func (l *lab) save(p *previewed, file, page, mark string, change func(text, mark string) string) (float64, error) {
	name := filepath.Join(p.dir, file+".md")
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := os.WriteFile(name, []byte(change(string(text), mark)), 0o644); err != nil {
		return 0, err
	}
	if err := l.untilSeen(p.url+page, mark); err != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	return float64(time.Since(start).Microseconds()) / 1000, nil
}

// untilSeen asks for a page until it holds a text.
func (l *lab) untilSeen(url, text string) error {
	ctx, cancel := context.WithTimeout(l.ctx, visibleWithin)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err == nil && strings.Contains(string(body), text) {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %q at %s: %w", text, url, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}
