// Command bare is the floor of the live benchmark: a net/http loop that reads
// each body and writes it to a file, and does nothing else.
//
//	bare URLS DIR WORKERS     URLS is a file with one URL a line
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: bare URLS DIR WORKERS")
	}
	list, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	workers, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true}}
	urls := make(chan string)
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Go(func() {
			n := 0
			for url := range urls {
				n++
				if err := fetch(client, url, filepath.Join(os.Args[2], fmt.Sprintf("%d-%d", worker, n))); err != nil {
					log.Fatal(err)
				}
			}
		})
	}
	lines := bufio.NewScanner(list)
	count := 0
	for ; lines.Scan(); count++ {
		urls <- lines.Text()
	}
	close(urls)
	wait.Wait()
	fmt.Println(count, "pages")
}

func fetch(client *http.Client, url, file string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}
