package tune

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// A curve is a driver without a clock: the rate of a setting is the base times
// the gain of each of its values, times noise, on a machine that drifts.
type curve struct {
	gains   map[string]float64 // "knob=value" to a factor
	fails   map[string]bool    // values whose requests fail
	broken  map[string]bool    // values that do not start
	noise   float64            // standard deviation of a measurement
	luck    float64            // and of a start
	later   float64            // what who is measured later in a round gains
	random  *rand.Rand
	drift   float64
	running int
	starts  int
	measure int
}

type subject struct {
	c    *curve
	s    Setting
	luck float64 // of this start, as long as it lives
}

func (c *curve) Start(_ context.Context, s Setting) (Subject, error) {
	for knob, value := range s {
		if c.broken[knob+"="+value] {
			return nil, errors.New("unknown option")
		}
	}
	c.running++
	c.starts++
	return &subject{c, s, 1 + c.luck*c.random.NormFloat64()}, nil
}

func (s *subject) Stop() error { s.c.running--; return nil }

func (s *subject) Measure(ctx context.Context) (Measurement, error) {
	s.c.measure++
	s.c.drift += s.c.noise / 3 * s.c.random.NormFloat64() // slow, for both sides
	m := Measurement{Rate: 1000 * (1 + s.c.drift) * (1 + s.c.noise*s.c.random.NormFloat64()) * s.luck * (1 + s.c.later*float64(s.c.measure%2))}
	m.CPU = time.Duration(1e9 / m.Rate)
	for knob, value := range s.s {
		if gain, ok := s.c.gains[knob+"="+value]; ok {
			m.Rate *= gain
		}
		if s.c.fails[knob+"="+value] {
			m.Errors = 3
		}
	}
	return m, ctx.Err()
}

func newCurve(seed uint64) *curve {
	return &curve{measure: -1, gains: map[string]float64{}, noise: 0.03, random: rand.New(rand.NewPCG(seed, 7))}
}

// The promise of the rule, on a machine with a noise of 3 %.
func TestUselessKnobsAreRejectedAndGainsFound(t *testing.T) {
	for name, spoil := range map[string]func(*curve){
		"drift":                    func(*curve) {},
		"luck of a start":          func(c *curve) { c.luck = 0.01 },
		"who comes later is ahead": func(c *curve) { c.later = 0.02 },
	} {
		t.Run(name, func(t *testing.T) { testPromise(t, spoil) })
	}
}

func testPromise(t *testing.T, spoil func(*curve)) {
	useless, found := 0, 0
	for seed := range uint64(100) {
		c := newCurve(seed)
		spoil(c)
		// Three values to try, none of which does anything: each is a chance to err.
		r, err := (&Tuner{Driver: c, Knobs: []Knob{{Name: "k", Values: []string{"0", "1", "2", "3"}}}}).Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if r.Best["k"] == "0" {
			useless++
		}
		c = newCurve(seed + 1000)
		spoil(c)
		c.gains["k=1"] = 1.05
		if r, err = (&Tuner{Driver: c, Knobs: []Knob{{Name: "k", Values: []string{"0", "1"}}}}).Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if r.Best["k"] == "1" {
			found++
		}
	}
	t.Logf("useless knobs rejected in %d of 100 runs, a gain of 5 %% found in %d", useless, found)
	if useless < 95 || found < 80 {
		t.Errorf("useless knobs rejected in %d of 100 runs, want 95; a gain of 5 %% found in %d, want 80", useless, found)
	}
}

func TestCourseOfARun(t *testing.T) {
	c := newCurve(1)
	c.noise = 0.005
	c.gains = map[string]float64{"processes=2": 1.8, "processes=4": 1.9, "processes=8": 1.4, "log=off": 1.2, "cache=on": 1.5, "fast=on": 2, "small=on": 1.005}
	c.fails = map[string]bool{"fast=on": true}
	c.broken = map[string]bool{"odd=on": true}
	var told []string
	tuner := &Tuner{Driver: c, Told: func(e *Experiment) {
		told = append(told, fmt.Sprintf("%s %s=%s %v", e.Kind, e.Knob, e.To, e.Verdict.Accepted))
	}, Knobs: []Knob{
		{Name: "processes", Values: []string{"1", "2", "4", "8"}},
		{Name: "small", Values: []string{"off", "on"}},
		{Name: "odd", Values: []string{"off", "on"}},
		{Name: "fast", Values: []string{"off", "on"}},
		{Name: "files", Values: []string{"1", "2"}, Skip: "no file was missed"},
		{Name: "cache", Values: []string{"off", "on"}, Advice: "it shows old pages"},
		{Name: "log", Values: []string{"on", "off"}},
	}}
	r, err := tuner.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := `trial files= false, trial processes=2 true, trial processes=4 true, trial processes=8 false, trial small=on false, trial odd=on false, ` +
		`trial fast=on false, trial cache=on true, trial log=off true, together = true, left out processes=4 true, left out log=off true`
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if r.Best["processes"] != "4" || r.Best["cache"] != "off" || r.Best["log"] != "off" || !r.Complete || len(r.Accepted()) != 2 {
		t.Errorf("best %v, complete %v", r.Best, r.Complete)
	}
	if c.running != 0 {
		t.Errorf("%d settings are left running", c.running)
	}
	whys := map[string]string{}
	for _, e := range r.Experiments {
		whys[e.Knob+e.To] = e.Verdict.Why
	}
	for key, part := range map[string]string{"oddon": "does not start: unknown option", "faston": "3 requests failed", "files": "no file was missed", "processes8": "slower"} {
		if !strings.Contains(whys[key], part) {
			t.Errorf("%s: %q, want %q", key, whys[key], part)
		}
	}

	// Where the setting at the start is overwhelmed, what ends that is taken, though it
	// is no faster, and another value is not blamed for what fails with both.
	c = newCurve(3)
	c.fails = map[string]bool{"connections=few": true}
	over := &Tuner{Driver: c, Knobs: []Knob{{Name: "log", Values: []string{"on", "off"}}, {Name: "connections", Values: []string{"few", "many"}}}}
	if r, err := over.Run(context.Background()); err != nil || r.Best["connections"] != "many" || !strings.Contains(r.Experiments[1].Verdict.Why, "requests failed before, and none fails now") ||
		!strings.Contains(r.Experiments[0].Verdict.Why, "within the noise") {
		t.Errorf("an overwhelmed start: %+v, %v", r, err)
	}

	// The same again takes everything from the record.
	measured := c.measure
	tuner.Before = r.Experiments
	again, err := tuner.Run(context.Background())
	if err != nil || c.measure != measured || fmt.Sprint(again.Best) != fmt.Sprint(r.Best) || len(again.Experiments) != len(r.Experiments) {
		t.Errorf("measured %d times more, best %v, %v", c.measure-measured, again.Best, err)
	}
}

// When time is up or the run is ended, what was found stays, and nothing runs.
func TestEndedRuns(t *testing.T) {
	knobs := []Knob{{Name: "a", Values: []string{"0", "1"}}, {Name: "b", Values: []string{"0", "1"}}, {Name: "c", Values: []string{"0", "1"}}}
	c := newCurve(2)
	c.gains["a=1"] = 1.5
	asked := 0
	r, err := (&Tuner{Driver: c, Knobs: knobs, Enough: func() bool { asked++; return asked > 2 }}).Run(context.Background())
	if err != nil || r.Complete || len(r.Experiments) != 2 || r.Best["a"] != "1" || c.running != 0 {
		t.Errorf("time up: %+v, %v, %d running", r, err, c.running)
	}
	c = newCurve(2)
	c.gains["a=1"] = 1.5
	ctx, cancel := context.WithCancel(context.Background())
	r, err = (&Tuner{Driver: c, Knobs: knobs, Told: func(e *Experiment) { cancel() }}).Run(ctx)
	if !errors.Is(err, context.Canceled) || r.Complete || len(r.Experiments) != 1 || c.running != 0 {
		t.Errorf("ended: %+v, %v, %d running", r, err, c.running)
	}
	if _, err := (&Tuner{Driver: c, Knobs: []Knob{{Name: "empty"}}}).Run(context.Background()); err == nil {
		t.Error("a knob without a value is taken")
	}
}

func TestDecide(t *testing.T) {
	flat := []float64{100, 101, 99, 100, 102, 98, 100, 101, 99, 100}
	times := func(f float64) (out []float64) {
		for _, v := range flat {
			out = append(out, v*f)
		}
		return out
	}
	for _, test := range []struct {
		value    []float64
		tries    int
		accepted bool
		why      string
	}{
		{times(1.05), 1, true, "p ="},
		{times(1.05), 3, true, "p ="},
		{times(1.015), 1, false, "real, but below"},
		{times(1.001), 1, false, "within the noise"},
		{times(0.9), 1, false, "slower"},
		{flat[:1], 1, false, "within the noise"},
		{nil, 1, false, "nothing"},
	} {
		v := Rule{}.Decide(&Experiment{Best: flat, Value: test.value}, test.tries)
		if v.Accepted != test.accepted || !strings.Contains(v.Why, test.why) || v.Low > v.Gain || v.High < v.Gain {
			t.Errorf("%v: got %+v, want %v, %q", test.value, v, test.accepted, test.why)
		}
	}
}
