package outside

import (
	"bytes"
	"net/http"
	"testing"
	"time"
)

// TestSecondRunAsksNothing: answers are remembered, whatever they were, for as long
// as their kind is fresh.
func TestSecondRunAsksNothing(t *testing.T) {
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/none":
			http.NotFound(w, r)
		case "/robot":
			w.WriteHeader(http.StatusForbidden)
		}
	})
	links := []Link{{URL: s.URL + "/fine"}, {URL: s.URL + "/none"}, {URL: s.URL + "/robot"}, {URL: "http://127.0.0.1:1/refused"}}
	c := &Checker{Known: ReadCache(nil), MaxAge: 7 * 24 * time.Hour}
	first := check(t, c, links...)
	s.take()
	var file bytes.Buffer
	if _, err := c.Known.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	again := &Checker{Known: ReadCache(file.Bytes()), MaxAge: c.MaxAge}
	second := check(t, again, links...)
	if asked := s.take(); len(asked) > 0 {
		t.Errorf("the second run asked %v", asked)
	}
	for i := range first {
		if !second[i].Cached || first[i].State != second[i].State || first[i].Detail != second[i].Detail || !first[i].Asked.Equal(second[i].Asked) {
			t.Errorf("remembered %+v, was %+v", second[i], first[i])
		}
	}
	check(t, again, Link{s.URL + "/fine", []string{"a"}}) // of this fragment nothing is known
	if asked := s.take(); len(asked) != 1 {
		t.Errorf("a new fragment asked %v", asked)
	}
	again.MaxAge = 0
	check(t, again, links...)
	if asked := s.take(); len(asked) != 5 {
		t.Errorf("with no age at all it asked %v", asked)
	}
}

// TestFresh: what is no good answer is asked again sooner.
func TestFresh(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	const week = 7 * 24 * time.Hour
	for _, test := range []struct {
		state  State
		age    time.Duration
		maxAge time.Duration
		until  time.Duration // from now
		fresh  bool
	}{
		{OK, 6 * 24 * time.Hour, week, 0, true},
		{OK, 8 * 24 * time.Hour, week, 0, false},
		{OK, 2 * time.Hour, time.Hour, 0, false},
		{OK, 0, 0, 0, false},
		{OK, -time.Hour, week, 0, false}, // of the future
		{Broken, 23 * time.Hour, week, 0, true},
		{Broken, 25 * time.Hour, week, 0, false},
		{Unknown, 59 * time.Minute, week, 0, true},
		{Unknown, 61 * time.Minute, week, 0, false},
		{Unknown, 61 * time.Minute, 0, time.Minute, true}, // the site said so
		{Unknown, 61 * time.Minute, 0, 400 * 24 * time.Hour, false},
	} {
		c := ReadCache(nil)
		a := Answer{URL: "u", State: test.state, Asked: now.Add(-test.age)}
		if test.until != 0 {
			a.Until = now.Add(test.until)
		}
		c.add(a)
		if _, fresh := c.fresh(Link{URL: "u"}, test.maxAge, now); fresh != test.fresh {
			t.Errorf("%+v: fresh is %v", test, fresh)
		}
	}
}

func FuzzReadCache(f *testing.F) {
	f.Add([]byte(cacheHead + "\n" + `{"url":"https://a.example/","state":"ok","status":200,"asked":"2026-01-02T03:04:05Z","fragments":{"a":true}}` + "\n"))
	f.Add([]byte(cacheHead + "\n{\"url\":"))
	f.Add([]byte("something else\n{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for url, a := range ReadCache(data).answers {
			if url == "" || a.URL != url {
				t.Fatalf("%q has the answer of %q", url, a.URL)
			}
		}
	})
}
