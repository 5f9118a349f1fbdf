package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A view is what a person sees of a page, and what the browser asked for to show it.
type view struct {
	picture image.Image
	asked   []browserRequest
}

// A browserRequest is one line of the browser's own log of the network.
type browserRequest struct {
	url    string
	status string   // "HTTP/1.1 200 OK"; empty if there was no answer
	header []string // lines of the answer, in lower case
}

// look opens a page in a browser of its own, without a cache. Whatever host the
// page names, the browser connects to the address. Flags say more, such as of the
// screen.
func look(t testing.TB, program, url, address string, flags ...string) view {
	t.Helper()
	dir := serverDir(t)
	shot, log := filepath.Join(dir, "shot.png"), filepath.Join(dir, "net.json")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--no-first-run",
		"--user-data-dir=" + filepath.Join(dir, "profile"), "--window-size=1200,2400", "--virtual-time-budget=20000",
		"--host-resolver-rules=MAP * " + address, "--log-net-log=" + log, "--net-log-capture-mode=Everything",
		"--screenshot=" + shot}, flags...)
	cmd := exec.CommandContext(ctx, program, append(args, url)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("open %s in %s: %v\n%s", url, program, err, out)
	}
	data, err := os.ReadFile(shot)
	if err != nil {
		t.Fatal(err)
	}
	v := view{asked: readNetLog(t, log)}
	if v.picture, err = png.Decode(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	return v
}

// readNetLog reads which URLs the browser asked for, and what it was answered.
func readNetLog(t testing.TB, file string) []browserRequest {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Constants struct {
			LogEventTypes map[string]int `json:"logEventTypes"`
		} `json:"constants"`
		Events []struct {
			Type   int `json:"type"`
			Source struct {
				ID int `json:"id"`
			} `json:"source"`
			Params json.RawMessage `json:"params"`
		} `json:"events"`
	}
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatalf("read the browser's log: %v", err)
	}
	start, answer := log.Constants.LogEventTypes["URL_REQUEST_START_JOB"], log.Constants.LogEventTypes["HTTP_TRANSACTION_READ_RESPONSE_HEADERS"]
	if start == 0 || answer == 0 {
		t.Fatal("read the browser's log: its events have other names")
	}
	requests := map[int]*browserRequest{}
	var order []int
	for _, event := range log.Events {
		var params struct {
			URL     string   `json:"url"`
			Headers []string `json:"headers"`
		}
		if event.Type != start && event.Type != answer || json.Unmarshal(event.Params, &params) != nil {
			continue
		}
		if event.Type == start && strings.HasPrefix(params.URL, "http") {
			if requests[event.Source.ID] == nil {
				order = append(order, event.Source.ID)
			}
			requests[event.Source.ID] = &browserRequest{url: params.URL}
		}
		if r := requests[event.Source.ID]; event.Type == answer && r != nil && len(params.Headers) > 0 {
			r.status = params.Headers[0]
			for _, line := range params.Headers[1:] {
				r.header = append(r.header, strings.ToLower(line))
			}
		}
	}
	var list []browserRequest
	for _, id := range order {
		list = append(list, *requests[id])
	}
	return list
}

// samePicture says where two pictures differ, or "".
func samePicture(a, b image.Image) string {
	if a.Bounds() != b.Bounds() {
		return fmt.Sprintf("one is %v, the other %v", a.Bounds(), b.Bounds())
	}
	differ := 0
	first := image.Point{}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				if differ == 0 {
					first = image.Pt(x, y)
				}
				differ++
			}
		}
	}
	if differ == 0 {
		return ""
	}
	return fmt.Sprintf("%d points differ, the first at %v", differ, first)
}
