package render

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"icecap/content"
)

type nullSink struct{}

func (nullSink) Page(content.Page) error                { return nil }
func (nullSink) Keep(content.Key, *content.Stale) error { return nil }
func (nullSink) Redirect(content.Redirect) error        { return nil }
func (nullSink) Skip(content.Skip) error                { return nil }

type nonePrevious struct{}

func (nonePrevious) Done(content.Key) bool { return false }

func (nonePrevious) Entry(content.Key) (content.Entry, bool) { return content.Entry{}, false }
func (nonePrevious) Open(content.Key) (io.ReadCloser, error) { return nil, errors.New("none") }

func TestProf(t *testing.T) {
	dir := os.Getenv("PROF_DIR")
	if dir == "" {
		t.Skip()
	}
	f := &Folder{FS: os.DirFS(dir), Now: time.Now(), Ignore: []string{"frozen"}}
	start := time.Now()
	s, err := f.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Log("read", time.Since(start))
	b, err := s.Blog(context.Background(), content.Site{})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("blog", time.Since(start))
	if err := b.Run(context.Background(), nonePrevious{}, nullSink{}); err != nil {
		t.Fatal(err)
	}
	t.Log("run", time.Since(start))
}
