//go:build unix

package release

import (
	"context"
	"os"
	"testing"
	"time"

	"icecap/content"
)

// Unchanged bytes keep their file and time, changed ones get a later time.
func TestTimes(t *testing.T) {
	s := newStore(t)
	now := time.Unix(1_800_000_000, 5e8)
	s.now = func() time.Time { return now }
	first := publish(t, s, all("app"), files{"/same": "s", "/changed": "aa", "/retyped": "{}"})
	now = now.Add(time.Hour)
	st := begin(t, s, all("app"))
	yield(t, st, files{"/same": "s", "/changed": "bb", "/new": "n"})
	if err := st.Page(content.Page{Key: key(t, "/retyped"), MediaType: "application/json", Body: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	second := commit(t, st)
	for url, want := range map[string]int64{"/same": 1_800_000_000, "/changed": 1_800_003_600, "/new": 1_800_003_600, "/retyped": 1_800_003_600} {
		if got := entry(t, second, url).Modified.Unix(); got != want {
			t.Errorf("%s is from %d, want %d", url, got, want)
		}
	}
	if !sameFile(t, diskPath(t, first, "/same"), diskPath(t, second, "/same")) {
		t.Error("the unchanged page is not a hard link")
	}

	// The clock is set back by ten years: still a later time than ever before.
	now = now.AddDate(-10, 0, 0)
	third := publish(t, s, all("app"), files{"/same": "s", "/changed": "cc"})
	if got := entry(t, third, "/changed").Modified.Unix(); got != 1_800_003_601 {
		t.Errorf("the changed page is from %d, want one second after the last release", got)
	}
	// Also later than a release that was rolled back from, and than any that is kept.
	if _, err := s.Rollback(context.Background(), first.ID); err != nil {
		t.Fatal(err)
	}
	fourth := publish(t, s, all("app"), files{"/same": "s", "/changed": "aa"})
	if got := entry(t, fourth, "/changed").Modified.Unix(); got != 1_800_000_000 {
		t.Errorf("the page is from %d, but its bytes are those of the published release", got)
	}
	fifth := publish(t, s, all("app"), files{"/same": "s", "/changed": "dd"})
	if got := entry(t, fifth, "/changed").Modified.Unix(); got != 1_800_003_603 {
		t.Errorf("the changed page is from %d, want a later time than in any release kept", got)
	}
	for _, r := range []*Release{first, second, third, fourth, fifth} {
		if _, err := verify(r); err != nil {
			t.Error(err)
		}
	}
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	first, err := os.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.Stat(b)
	if err != nil {
		t.Fatal(err)
	}
	return os.SameFile(first, second)
}
