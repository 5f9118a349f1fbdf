package tune

import (
	"math"
	"math/rand/v2"
	"testing"

	"icecap/nginx/bench"
)

// Within one life it is the Mann-Whitney test that others have.
func TestDifferIsMannWhitney(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var a, b []float64
		for range lifeRounds {
			a, b = append(a, float64(random.IntN(9))), append(b, float64(random.IntN(9))) // with ties
		}
		if got, want := differ(a, b), bench.Differ(a, b); math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v beside %v: p = %v, want %v", a, b, got, want)
		}
	}
}

func TestDiffer(t *testing.T) {
	slower := []float64{100, 101, 102, 50, 51, 52, 25, 26, 27, 12, 13, 14} // from life to life
	var faster []float64
	for _, v := range slower {
		faster = append(faster, v*1.05)
	}
	for _, test := range []struct {
		name      string
		a, b      []float64
		low, high float64
	}{
		{"nothing", nil, nil, 1, 1},
		{"the same", slower, slower, 1, 1},
		{"5 % on a machine that gets slower", slower, faster, 0, 0.005},
		{"one round", []float64{1}, []float64{2}, 1, 1},
		{"a life and a part", slower[:4], faster[:4], 0.05, 0.05},
		{"two lives", slower[:6], faster[:6], 0.005, 0.005},
	} {
		if p := differ(test.a, test.b); p < test.low-1e-9 || p > test.high+1e-9 {
			t.Errorf("%s: p = %v, want %v to %v", test.name, p, test.low, test.high)
		}
	}
	first := differ(slower, faster)
	for range 20 {
		if p := differ(slower, faster); p != first {
			t.Errorf("the same samples have p = %v and %v", first, p)
		}
	}
	if p := bench.Differ(slower, faster); p < 0.2 {
		t.Errorf("all rounds in one heap: p = %v; the lives are not needed", p)
	}
}
