package main

import (
	"testing"
	"time"

	"icecap/nginx/bench"
)

func TestConditions(t *testing.T) {
	r := &benchReport{Ratio: &bench.Interval{Median: 12}, Against: []benchAgainst{{Name: "frozen", Ratio: 0.85}}}
	// An error in any round is one, not only in the median.
	r.add(bench.Side{Name: "frozen", Load: bench.Load{URLs: []string{"/"}}}, []bench.Round{
		{Result: bench.Result{Rate: 5000, Unanswered: 2, P99: 6 * time.Millisecond}},
		{Result: bench.Result{Rate: 6000, Errors: 1, P99: 9 * time.Millisecond}},
	})
	for text, holds := range map[string]bool{
		"frozen.p99>5ms": true, "frozen.p99>6ms": false, " frozen.p99 < 7ms ": true,
		"frozen.rate<4e3": false, "frozen.errors>2": true, "frozen.errors>3": false,
		"ratio<12": false, "ratio<12.5": true, "frozen.against<90%": true, "frozen.against<0.8": false,
	} {
		list, err := parseConditions([]string{text})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, ok := r.value(list[0])
		if fails := list[0].below && got < list[0].value || !list[0].below && got > list[0].value; !ok || fails != holds {
			t.Errorf("%q: value %v, %v, holds: %v", text, got, ok, fails)
		}
	}
	for _, text := range []string{"", "p99>5ms", "frozen.p99>5", "frozen.rate", "frozen.rate>x", "frozen.p99=5ms", "ratio>5ms", "frozen.ratio>1"} {
		if _, err := parseConditions([]string{text}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	for _, text := range []string{"app.rate>1", "app.against>1"} {
		list, err := parseConditions([]string{text})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := r.value(list[0]); ok {
			t.Errorf("%q: there is no such side", text)
		}
	}
}
