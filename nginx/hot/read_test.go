package hot

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// manyLines ask for n paths once each, and for /hot again and again.
func manyLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(combinedLine(fmt.Sprintf("/p/%d", i), 200, person) + "\n")
		if i%10 == 0 {
			b.WriteString(combinedLine("/hot", 200, person) + "\n")
		}
	}
	return b.Bytes()
}

// A log of more paths than memory has room for loses the cold ones, not the hot
// one, and says how much is uncertain. Sums stay exact.
func TestMemoryIsBounded(t *testing.T) {
	const max, n = 1000, 20000
	c := &Counter{Format: Combined()}
	c.init()
	c.paths = newTable(max)
	c.Add(manyLines(n))
	s := c.Summary(ByRequests)
	if s.Distinct > max || s.Paths[0].URL != "/hot" || s.People.Requests != n+n/10 {
		t.Fatalf("%d paths, first %+v, people %+v", s.Distinct, s.Paths[0], s.People)
	}
	hot := s.Paths[0].Requests
	if hot > n/10 || hot+s.Missed < n/10 {
		t.Errorf("/hot has %d requests, at most %d missed; there were %d", hot, s.Missed, n/10)
	}
	var sum Sum
	for _, p := range s.Paths {
		sum.add(p.Sum)
	}
	sum.add(s.Dropped)
	if sum != s.People {
		t.Errorf("paths and dropped ones add up to %+v, people to %+v", sum, s.People)
	}
}

func TestReadAsAdd(t *testing.T) {
	text := manyLines(30000) // several pieces
	one := &Counter{Format: Combined()}
	one.Add(text)
	want := fmt.Sprintf("%+v", one.Summary(ByRequests))
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(text)
	w.Close()
	for name, input := range map[string][]byte{"plain": text, "gzip": packed.Bytes(), "without the last newline": text[:len(text)-1]} {
		log, err := OpenLog(bytes.NewReader(input))
		if err != nil {
			t.Fatal(err)
		}
		if f, ok := Detect(log.Head()); !ok || f.Name() != "combined" {
			t.Errorf("%s: detected %s", name, f.Name())
		}
		all := &Counter{Format: Combined()}
		if err := all.Read(context.Background(), log); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%+v", all.Summary(ByRequests)); got != want {
			t.Errorf("%s: reading in parts differs from adding", name)
		}
	}
}

func TestBrokenInput(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(manyLines(1000))
	w.Close()
	endless := append(append([]byte(combinedLine("/a", 200, person)+"\n"), bytes.Repeat([]byte("x"), 3*chunk)...), "\n"+combinedLine("/b", 200, person)+"\n"...)
	for name, test := range map[string]struct {
		input   []byte
		damaged int64
	}{
		"a cut archive":   {packed.Bytes()[:packed.Len()/2], 1},
		"an endless line": {endless, 1},
	} {
		log, err := OpenLog(bytes.NewReader(test.input))
		if err != nil {
			t.Fatal(err)
		}
		c := &Counter{Format: Combined()}
		if err := c.Read(context.Background(), log); err != nil {
			t.Fatal(err)
		}
		s := c.Summary(ByRequests)
		if s.Damaged != test.damaged || s.People.Requests < 2 && name != "a cut archive" {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestTailFollowsRotation(t *testing.T) {
	name := filepath.Join(t.TempDir(), "access.log")
	write := func(flags int, text string) {
		t.Helper()
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|flags, 0o600)
		if err == nil {
			_, err = file.WriteString(text)
			file.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(0, "one\ntw")
	tail, err := OpenTail(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { tail.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	expect := func(want string) {
		t.Helper()
		for {
			text, err := tail.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if len(text) > 0 {
				if string(text) != want {
					t.Fatalf("got %q, want %q", text, want)
				}
				return
			}
		}
	}
	expect("one\n")
	write(os.O_APPEND, "o\n")
	expect("two\n")
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	write(0, "three\n")
	expect("three\n")
	// NGINX writes on into the file that was moved, until it is told.
	if err := os.Rename(name, name+".2"); err != nil {
		t.Fatal(err)
	}
	write(0, "new\n")
	if renewed, err := tail.renew(); renewed || err != nil {
		t.Fatalf("the new file is read before the end of the old one: %v", err)
	}
	moved := name
	name += ".2"
	write(os.O_APPEND, "late\n")
	name = moved
	expect("late\n")
	expect("new\n")
	write(os.O_TRUNC, "4\n")
	expect("4\n")
	cancel()
	if _, err := tail.Next(ctx); err == nil {
		t.Error("no error after the end of the context")
	}
}

func BenchmarkCombined(b *testing.B) { benchmark(b, Combined(), combinedLine) }

func BenchmarkOwn(b *testing.B) {
	benchmark(b, Own(), func(uri string, _ int, _ string) string { return ownLine("GET", uri, "200", "", "", "0.012") })
}

func benchmark(b *testing.B, f Format, line func(string, int, string) string) {
	var text bytes.Buffer
	for i := range 10000 {
		text.WriteString(line(fmt.Sprintf("/product/%d", i*i%997), 200, person) + "\n")
	}
	c := &Counter{Format: f}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		c.Add(text.Bytes())
	}
	b.ReportMetric(float64(b.N)*10000/b.Elapsed().Seconds(), "lines/s")
}
