// Command colly is the rival of the crawl benchmark: the program that one
// writes with colly's documentation open. Asynchronous, eight at a time,
// OnHTML for every link, each page written to a file.
//
//	colly URL DIR
package main

import (
	"fmt"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/gocolly/colly/v2"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: colly URL DIR")
	}
	start, dir := os.Args[1], os.Args[2]
	base, err := url.Parse(start)
	if err != nil {
		log.Fatal(err)
	}
	c := colly.NewCollector(colly.Async(true), colly.AllowedDomains(base.Hostname(), base.Host))
	if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: 8}); err != nil {
		log.Fatal(err)
	}
	for selector, attr := range map[string]string{
		"a[href]": "href", "link[href]": "href", "script[src]": "src", "img[src]": "src",
	} {
		c.OnHTML(selector, func(e *colly.HTMLElement) {
			link := e.Request.AbsoluteURL(e.Attr(attr))
			if u, err := url.Parse(link); err != nil || u.Host != base.Host || u.RawQuery != "" {
				return
			}
			e.Request.Visit(link)
		})
	}
	var pages atomic.Int64
	c.OnResponse(func(r *colly.Response) {
		name := filepath.Join(dir, filepath.FromSlash(r.Request.URL.Path))
		if filepath.Ext(name) == "" {
			name = filepath.Join(name, "index.html")
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(name, r.Body, 0o644); err != nil {
			log.Fatal(err)
		}
		pages.Add(1)
	})
	if err := c.Visit(start); err != nil {
		log.Fatal(err)
	}
	c.Wait()
	fmt.Println(pages.Load(), "pages")
}
