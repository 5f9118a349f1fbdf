//go:build unix

package release

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"icecap/content"
)

const (
	benchFolders = 40
	benchWorkers = 8
	benchBatch   = 1000 // pages between two looks at the clock
)

// BenchmarkStagePage stages 4 KB pages from 8 workers, and by turns writes as
// many files with the bare calls open, write and close: the floor. "bare/stage"
// is the median of the ratios of neighbours, so that a busy machine hits both.
func BenchmarkStagePage(b *testing.B) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 256)
	bare := b.TempDir()
	for i := range benchFolders {
		if err := os.MkdirAll(filepath.Join(bare, "products", fmt.Sprint(i)), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	st := begin(b, newStore(b), all("bench"))
	var staged, written time.Duration
	var ratios []float64
	pages := make([]content.Page, benchBatch)
	for first := 0; first < b.N; first += benchBatch {
		for i := range pages {
			pages[i] = benchPage(first+i, body)
		}
		took := [2]time.Duration{}
		for _, i := range [2]int{first / benchBatch % 2, 1 - first/benchBatch%2} {
			begun := time.Now()
			if i == 0 {
				batch(b, pages, st.Page)
			} else {
				batch(b, pages, func(p content.Page) error { return writeBare(bare, p) })
			}
			took[i] = time.Since(begun)
		}
		staged, written = staged+took[0], written+took[1]
		ratios = append(ratios, float64(took[1])/float64(took[0]))
	}
	b.StopTimer()
	n := float64(len(ratios) * benchBatch)
	slices.Sort(ratios)
	b.ReportMetric(float64(staged.Nanoseconds())/n, "ns/op")
	b.ReportMetric(n/staged.Seconds(), "pages/s")
	b.ReportMetric(n/written.Seconds(), "bare-pages/s")
	b.ReportMetric(ratios[len(ratios)/2], "bare/stage")
}

// BenchmarkStageLink stages pages that did not change.
func BenchmarkStageLink(b *testing.B) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 256)
	s := newStore(b)
	st := begin(b, s, all("bench"))
	var pages []content.Page
	for i := range b.N {
		pages = append(pages, benchPage(i, body))
	}
	batch(b, pages, st.Page)
	commit(b, st)
	st = begin(b, s, all("bench"))
	b.ReportAllocs()
	b.ResetTimer()
	batch(b, pages, st.Page)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}

// BenchmarkMemory reports what a stage of b.N unchanged pages keeps per page,
// the old site and the new, and what Commit needs at its peak. Its manifests
// are real, its pages are not on disk: run it with -benchtime 1000000x.
func BenchmarkMemory(b *testing.B) {
	s := newStore(b)
	st := begin(b, s, all("bench"))
	for i := range b.N {
		p := benchPage(i, nil)
		if err := st.admit(&page{key: p.Key, media: "text/html", source: "bench", origin: p.Origin, modified: st.clock}, nil); err != nil {
			b.Fatal(err)
		}
	}
	sum := benchManifest(b, st)
	if _, err := st.publish(context.Background(), sum); err != nil {
		b.Fatal(err)
	}
	st.close()
	st = nil
	begun := time.Now()
	before := heap()
	st = begin(b, s, all("bench"))
	read := time.Since(begun)
	for i := range b.N {
		p := benchPage(i, nil)
		if err := st.admit(&page{key: p.Key, media: "text/html", source: "bench", origin: p.Origin, modified: st.clock}, nil); err != nil {
			b.Fatal(err)
		}
	}
	kept := heap() - before
	begun = time.Now()
	benchManifest(b, st)
	wrote := time.Since(begun)
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	b.ReportMetric(float64(kept)/float64(b.N), "kept-B/page")
	b.ReportMetric(float64(stats.Sys)/1e6, "process-MB")
	b.ReportMetric(read.Seconds(), "read-s")
	b.ReportMetric(wrote.Seconds(), "write-s")
}

// benchManifest writes the manifest of pages that are not on disk.
func benchManifest(b *testing.B, st *Stage) []byte {
	b.Helper()
	pl, err := st.plan()
	if err != nil {
		b.Fatal(err)
	}
	f, err := st.openManifest()
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	out, err := newWriter(f, header{Clock: st.clock, Pages: pl.pages})
	if err != nil {
		b.Fatal(err)
	}
	err = st.merge(merger{
		take:     func(it *item) error { return out.page(it.page) },
		replaced: func(*page, bool) {},
	})
	if err != nil {
		b.Fatal(err)
	}
	sum, err := out.end(nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	return sum
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// batch hands pages to the workers.
func batch(b *testing.B, pages []content.Page, take func(content.Page) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range benchWorkers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(pages)); i = next.Add(1) - 1 {
				if err := take(pages[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func writeBare(root string, p content.Page) error {
	fd, err := unix.Open(root+p.Path.Decoded()+"@.html", unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return err
	}
	if _, err := unix.Write(fd, p.Body); err != nil {
		return err
	}
	return unix.Close(fd)
}

func benchPage(n int, body []byte) content.Page {
	path, err := content.ParsePath(fmt.Sprintf("/products/%d/%d", n%benchFolders, n))
	if err != nil {
		panic(err)
	}
	return content.Page{
		Key: content.Key{Path: path}, MediaType: "text/html; charset=utf-8", Body: body,
		Origin: "http://127.0.0.1:8000" + path.String(),
	}
}

// BenchmarkOnePage publishes one changed page of a site of growing size, the
// rest of which is taken over.
func BenchmarkOnePage(b *testing.B) {
	for _, size := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := newStore(b)
			st := begin(b, s, all("bench"))
			var pages []content.Page
			for i := range size {
				pages = append(pages, benchPage(i, []byte("0")))
			}
			batch(b, pages, st.Page)
			commit(b, st)
			scope := content.Scope{Source: "bench", Keys: []content.Key{pages[0].Key}}
			version := 0
			for b.Loop() {
				version++
				st := begin(b, s, scope)
				if err := st.Page(benchPage(0, fmt.Append(nil, version))); err != nil {
					b.Fatal(err)
				}
				commit(b, st)
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(size)*1e9, "ns/page")
		})
	}
}

// BenchmarkPack compresses the pages of the golden site, as pages are and as hot ones.
// "percent" is the size of what brotli makes of them.
func BenchmarkPack(b *testing.B) {
	files, err := filepath.Glob("../../render/testdata/golden/*.html")
	if err != nil || len(files) == 0 {
		b.Fatal(files, err)
	}
	media, _ := content.MediaFor("text/html")
	for _, hot := range []bool{false, true} {
		b.Run(fmt.Sprintf("hot=%v", hot), func(b *testing.B) {
			var plain, small int
			for b.Loop() {
				for _, file := range files {
					body, err := os.ReadFile(file)
					if err != nil {
						b.Fatal(err)
					}
					beside, err := pack(&page{key: key(b, "/x"), hot: hot}, media, body)
					if err != nil {
						b.Fatal(err)
					}
					if beside.brotli != nil {
						plain, small = plain+len(body), small+len(beside.brotli)
					}
				}
			}
			b.ReportMetric(100*float64(small)/float64(plain), "percent")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(files)), "µs/page")
		})
	}
}
