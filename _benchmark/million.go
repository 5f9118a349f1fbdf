package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"icecap/content"
	"icecap/content/release"
	"icecap/nginx"
)

// A million is this many folders with as many files each; every tenth is an image.
const millionSide = 1000

// million compares the gate with the plainest static server at 1,000,000 frozen files,
// which are the very same: the rival's are hard links. It asks for one of them, for
// any of a thousand, and for any of all.
func (l *lab) million() error {
	start := time.Now()
	out, plain := l.path("million-frozen"), l.path("million-plain")
	if err := l.freezeMillion(out); err != nil {
		return err
	}
	if err := linkMillion(filepath.Join(out, "current", "p"), plain); err != nil {
		return err
	}
	fmt.Printf("%d files in %.0f s\n\n", millionSide*millionSide, time.Since(start).Seconds())
	app := httptest.NewServer(http.NotFoundHandler())
	defer app.Close()
	gate, err := nginx.Server{Site: "million", Hosts: []string{"127.0.0.1"}, Root: out, Compression: l.binary.CanSend(),
		App: nginx.App{Kind: nginx.Proxy, Address: strings.TrimPrefix(app.URL, "http://")}}.Config()
	if err != nil {
		return err
	}
	servers := map[string]string{}
	for name, conf := range map[string]nginx.Config{"gate": gate, "plain": plainServer(plain, app.URL)} {
		if servers[name], err = l.nginx(conf); err != nil {
			return err
		}
	}
	gateHead()
	asks := []question{{path: millionPath(7, 7)}, {path: millionPath(7, 10)}}
	for _, some := range []struct {
		name    string
		folders int
	}{{"any of 1,000", 1}, {"any of 1,000,000", millionSide}} {
		script, err := l.anyOfMillion(some.folders)
		if err != nil {
			return err
		}
		asks = append(asks, question{script: script, name: some.name})
	}
	for _, ask := range asks {
		if err := l.compareGate(ask, "gate", "plain", servers); err != nil {
			return err
		}
	}
	return nil
}

// millionPath is the URL of a file.
func millionPath(folder, file int) string {
	if file%10 == 0 {
		return fmt.Sprintf("/section/%d/%d.svg", folder, file)
	}
	return fmt.Sprintf("/section/%d/%d", folder, file)
}

// freezeMillion publishes them as a release, as a source would.
func (l *lab) freezeMillion(out string) error {
	store, err := release.Open(out)
	if err != nil {
		return err
	}
	stage, err := store.Stage(l.ctx, content.Scope{Source: "million"})
	if err != nil {
		return err
	}
	defer stage.Discard()
	folders := make(chan int)
	errs := make([]error, 2)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() {
			for folder := range folders {
				errs[i] = errors.Join(errs[i], stageFolder(stage, folder))
			}
		})
	}
	for folder := range millionSide {
		folders <- folder
	}
	close(folders)
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err = stage.Commit(l.ctx)
	return err
}

// stageFolder yields files of less than 1 KB, which lie in one block and are not compressed.
func stageFolder(sink content.Sink, folder int) error {
	for file := range millionSide {
		url := millionPath(folder, file)
		path, err := content.ParsePath(url)
		if err != nil {
			return err
		}
		page := content.Page{Key: content.Key{Path: path}, MediaType: "text/html", Origin: url,
			Body: []byte("<!DOCTYPE html>\n<title>" + url + "</title>\n" + strings.Repeat("<p>Some words of "+url+"\n", 20))}
		if strings.HasSuffix(url, ".svg") {
			page.MediaType = "image/svg+xml"
			page.Body = fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="%s"/></svg>`, strings.Repeat("M1 1h7v7z", 70))
		}
		if err := sink.Page(page); err != nil {
			return err
		}
	}
	return nil
}

// linkMillion gives the files of a release the names that a static server expects.
func linkMillion(pages, plain string) error {
	pages, err := filepath.EvalSymlinks(pages)
	if err != nil {
		return err
	}
	for folder := range millionSide {
		dir := filepath.Join(plain, fmt.Sprintf("section/%d", folder))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for file := range millionSide {
			url := millionPath(folder, file)
			from, to := url+"@.html", url+".html"
			if strings.HasSuffix(url, ".svg") {
				from, to = url+"@.svg", url
			}
			if err := os.Link(pages+from, plain+to); err != nil {
				return err
			}
		}
	}
	return nil
}

// anyOfMillion is a script by which wrk asks for any file of the first folders: for
// the same ones in the same order at each run.
func (l *lab) anyOfMillion(folders int) (string, error) {
	name := l.path(fmt.Sprintf("any-%d.lua", folders))
	script := fmt.Sprintf(`function init() math.randomseed(7) end
function request()
  local folder, file = math.random(0, %d), math.random(0, %d)
  local ending = file %% 10 == 0 and ".svg" or ""
  return wrk.format("GET", "/section/" .. folder .. "/" .. file .. ending)
end
`, folders-1, millionSide-1)
	return name, os.WriteFile(name, []byte(script), 0o644)
}
