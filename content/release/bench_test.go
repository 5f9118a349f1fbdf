//go:build unix

package release

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"icecap/content"
)

// benchFolders is in how many folders the pages of the benchmarks lie.
const benchFolders = 40

// BenchmarkStagePage stages 4 KB pages from parallel workers; "bare" is the
// floor: the same files by the bare calls open, write and close.
func BenchmarkStagePage(b *testing.B) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 256)
	b.Run("stage", func(b *testing.B) {
		s := newStore(b)
		st := begin(b, s, all("bench"))
		var next atomic.Int64
		b.SetBytes(int64(len(body)))
		b.SetParallelism(4)
		b.ReportAllocs()
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := st.Page(benchPage(next.Add(1), body)); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.StopTimer()
		reportRate(b)
		st.Discard()
	})
	b.Run("bare", func(b *testing.B) {
		root := b.TempDir()
		for i := range benchFolders {
			if err := os.MkdirAll(filepath.Join(root, "products", fmt.Sprint(i)), 0o755); err != nil {
				b.Fatal(err)
			}
		}
		var next atomic.Int64
		b.SetBytes(int64(len(body)))
		b.SetParallelism(4)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				name := root + strings.TrimSuffix(benchURL(next.Add(1)), ".html") + "@.html"
				fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o644)
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := unix.Write(fd, body); err != nil {
					b.Error(err)
				}
				if err := unix.Close(fd); err != nil {
					b.Error(err)
				}
			}
		})
		b.StopTimer()
		reportRate(b)
		os.RemoveAll(root)
	})
}

// BenchmarkStageLink stages pages that did not change.
func BenchmarkStageLink(b *testing.B) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 256)
	s := newStore(b)
	st := begin(b, s, all("bench"))
	for i := range b.N {
		if err := st.Page(benchPage(int64(i), body)); err != nil {
			b.Fatal(err)
		}
	}
	commit(b, st)
	st = begin(b, s, all("bench"))
	var next atomic.Int64
	b.SetBytes(int64(len(body)))
	b.SetParallelism(4)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := st.Page(benchPage(next.Add(1)-1, body)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	reportRate(b)
	st.Discard()
}

func benchURL(n int64) string { return fmt.Sprintf("/products/%d/%d", n%benchFolders, n) }

func benchPage(n int64, body []byte) content.Page {
	path, err := content.ParsePath(benchURL(n))
	if err != nil {
		panic(err)
	}
	return content.Page{Key: content.Key{Path: path}, MediaType: "text/html; charset=utf-8", Body: body, Origin: "http://127.0.0.1:8000" + path.String()}
}

func reportRate(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}
