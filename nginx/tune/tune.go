package tune

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"icecap/nginx/bench"
)

// A Knob is one setting and the values to try.
type Knob struct {
	Name   string
	Values []string // the first is the one at the start; the others are tried in order
	Skip   string   // why it cannot matter, so that it is not measured; "" to measure
	Advice string   // why a person must decide, so that it is measured, but not taken; "" to take
}

// A Setting is the value of each knob, by name.
type Setting map[string]string

// A Measurement is what a setting did once.
type Measurement struct {
	Rate   float64       // more is better; requests a second, or whatever the driver counts
	Errors int64         // what failed
	CPU    time.Duration // processor time of the server for one request; 0 if it is not known
}

// Measured is what a round of bench says of a setting: its rate is that of the answers
// that are none of its errors.
func Measured(r bench.Round) Measurement {
	m := Measurement{Errors: r.Errors + r.Unanswered}
	if r.Requests > 0 {
		m.Rate = r.Rate * float64(r.Requests-r.Errors) / float64(r.Requests)
		for _, used := range r.CPU {
			m.CPU += used / time.Duration(r.Requests)
		}
	}
	return m
}

// A Driver starts what is tuned.
type Driver interface {
	// Start runs it with a setting, until Stop. Two may run at the same time.
	Start(context.Context, Setting) (Subject, error)
}

// A Subject is a running setting.
type Subject interface {
	Measure(context.Context) (Measurement, error)
	Stop() error
}

// An Experiment is one value measured beside the best setting.
type Experiment struct {
	Kind    Kind      `json:"kind"`
	Knob    string    `json:"knob,omitempty"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Setting Setting   `json:"setting"` // of the best, that it was measured beside
	Best    []float64 `json:"best"`    // its rates
	Value   []float64 `json:"value"`   // those of the value
	// Processor time of the server for one request of the best and of the value,
	// round by round; absent if it is not known.
	BestCPU  []time.Duration `json:"best_cpu_ns,omitempty"`
	ValueCPU []time.Duration `json:"value_cpu_ns,omitempty"`
	Verdict  Verdict         `json:"verdict"`
	Skipped  bool            `json:"skipped,omitempty"` // not measured; Verdict.Why says why
	Advice   string          `json:"advice,omitempty"`

	// Requests that failed, of all rounds.
	BestFailed  int64 `json:"best_failed,omitempty"`
	ValueFailed int64 `json:"value_failed,omitempty"`

	troubled int // rounds in which requests of the best failed
}

// A Kind of experiment.
type Kind string

// The kinds.
const (
	Trial    Kind = "trial"    // a value beside the best so far
	Together Kind = "together" // all accepted values beside the setting at the start
	LeftOut  Kind = "left out" // all accepted values beside the same without one: To is the value, From what it replaces
)

// A Tuner tries knobs.
type Tuner struct {
	Knobs  []Knob
	Driver Driver
	Rule   Rule
	Before []Experiment           // of an earlier run; what is the same is not measured again
	Enough func() bool            // asked before each experiment whether the time is up; nil is never
	Told   func(done *Experiment) // hears of each experiment; nil is nobody
}

// A Result is what a run found.
type Result struct {
	Start       Setting      `json:"start"`
	Best        Setting      `json:"best"`
	Experiments []Experiment `json:"experiments"`
	Complete    bool         `json:"complete"` // false if time was up, or the run was ended
}

// Accepted are the trials whose value is part of the best setting.
func (r *Result) Accepted() []Experiment {
	var list []Experiment
	for _, e := range r.Experiments {
		if e.Kind == Trial && e.Verdict.Accepted && e.Advice == "" && r.Best[e.Knob] == e.To {
			list = append(list, e)
		}
	}
	return list
}

// A run is a tuner at work.
type run struct {
	*Tuner
	result Result
	before []Experiment
}

// errEnough says that the time is up.
var errEnough = errors.New("the time is up")

// Run tries all knobs. The result is never nil, and holds what was found also
// where there is an error.
func (t *Tuner) Run(ctx context.Context) (*Result, error) {
	r := &run{Tuner: t, before: t.Before}
	r.Rule = r.Rule.withDefaults()
	r.result.Start, r.result.Best = Setting{}, Setting{}
	for _, k := range t.Knobs {
		if len(k.Values) == 0 {
			return &r.result, fmt.Errorf("tune %s: it has no value", k.Name)
		}
		r.result.Start[k.Name], r.result.Best[k.Name] = k.Values[0], k.Values[0]
	}
	err := r.tryAll(ctx)
	if err == nil {
		err = r.checkAll(ctx)
	}
	r.result.Complete = err == nil
	if errors.Is(err, errEnough) {
		err = nil
	}
	return &r.result, err
}

// tryAll tries each value of each knob, and first says which it need not try.
func (r *run) tryAll(ctx context.Context) error {
	for _, k := range r.Knobs {
		if k.Skip != "" {
			r.record(Experiment{Kind: Trial, Knob: k.Name, From: k.Values[0], Skipped: true, Verdict: Verdict{P: 1, Why: k.Skip}})
		}
	}
	for _, k := range r.Knobs {
		if k.Skip != "" {
			continue
		}
		for _, value := range k.Values[1:] {
			e := Experiment{Kind: Trial, Knob: k.Name, From: r.result.Best[k.Name], To: value, Setting: maps.Clone(r.result.Best), Advice: k.Advice}
			next := r.with(r.result.Best, k.Name, value)
			if err := r.compare(ctx, &e, r.result.Best, next, len(k.Values)-1); err != nil {
				return err
			}
			if e.Verdict.Accepted && e.Advice == "" {
				r.result.Best = next
			}
		}
	}
	return nil
}

func (r *run) with(s Setting, knob, value string) Setting {
	next := maps.Clone(s)
	next[knob] = value
	return next
}

// checkAll measures what was accepted as a whole, and each part by its absence.
func (r *run) checkAll(ctx context.Context) error {
	accepted := r.result.Accepted()
	if len(accepted) == 0 {
		return nil
	}
	e := Experiment{Kind: Together, Setting: maps.Clone(r.result.Start)}
	if err := r.compare(ctx, &e, r.result.Start, r.result.Best, 1); err != nil {
		return err
	}
	if len(accepted) == 1 {
		return nil // the same experiment once more
	}
	for _, a := range accepted {
		without := r.with(r.result.Best, a.Knob, r.result.Start[a.Knob])
		e := Experiment{Kind: LeftOut, Knob: a.Knob, From: r.result.Start[a.Knob], To: a.To, Setting: without}
		if err := r.compare(ctx, &e, without, r.result.Best, 1); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) record(e Experiment) {
	r.result.Experiments = append(r.result.Experiments, e)
	if r.Told != nil {
		r.Told(&r.result.Experiments[len(r.result.Experiments)-1])
	}
}

// compare measures two settings in turns, unless an earlier run has.
func (r *run) compare(ctx context.Context, e *Experiment, best, value Setting, tries int) error {
	if i := slices.IndexFunc(r.before, e.same); i >= 0 {
		*e = r.before[i]
		r.record(*e)
		return nil
	}
	if r.Enough != nil && r.Enough() {
		return errEnough
	}
	for e.more(r.Rule) {
		if err := r.life(ctx, e, best, value); err != nil {
			var broken brokenValue
			if !errors.As(err, &broken) || ctx.Err() != nil {
				return errors.Join(err, ctx.Err())
			}
			// A value that does not run is a finding, not the end.
			e.Verdict = Verdict{P: 1, Why: "it does not start: " + broken.err.Error()}
			r.record(*e)
			return nil
		}
	}
	e.Verdict = r.Rule.Decide(e, tries)
	r.record(*e)
	return nil
}

// more reports whether another life is worth its time.
func (e *Experiment) more(rule Rule) bool {
	return !e.fails() && len(e.Value) < rule.Rounds && !rule.hopeless(e)
}

// fails reports whether requests of the value fail that those of the best do not.
// Where both are overwhelmed, chance has its part in how many.
func (e *Experiment) fails() bool { return e.ValueFailed > 2*e.BestFailed }

// spares reports whether no request of the value fails, and in most rounds some of
// the best do.
func (e *Experiment) spares() bool { return e.ValueFailed == 0 && 2*e.troubled > len(e.Best) }

// A brokenValue is a value that does not start.
type brokenValue struct{ err error }

func (b brokenValue) Error() string { return "start the value: " + b.err.Error() }

// life starts both settings, so that neither is older or warmer than the other,
// and measures them in turns. Who comes first changes from life to life and from
// round to round.
func (r *run) life(ctx context.Context, e *Experiment, best, value Setting) (err error) {
	number := len(e.Value) / lifeRounds
	var sides [2]Subject // the best, the value
	defer func() {
		for _, side := range sides {
			if side != nil {
				err = errors.Join(err, side.Stop())
			}
		}
	}()
	for turn := range sides {
		i := (turn + number) % 2
		if sides[i], err = r.Driver.Start(ctx, [2]Setting{best, value}[i]); err != nil {
			sides[i] = nil
			if i == 1 {
				return brokenValue{err}
			}
			return fmt.Errorf("start the setting so far: %w", err)
		}
	}
	for round := range min(lifeRounds, r.Rule.Rounds-len(e.Value)) {
		var both [2]Measurement
		for turn := range both {
			i := (turn + round + number) % 2
			if both[i], err = sides[i].Measure(ctx); err != nil {
				return err
			}
		}
		e.add(both[0], both[1])
		if !e.more(r.Rule) {
			break
		}
	}
	return nil
}

// add takes the measurements of one round.
func (e *Experiment) add(best, value Measurement) {
	e.Best, e.Value = append(e.Best, best.Rate), append(e.Value, value.Rate)
	e.BestFailed, e.ValueFailed = e.BestFailed+best.Errors, e.ValueFailed+value.Errors
	if best.Errors > 0 {
		e.troubled++
	}
	if best.CPU > 0 && value.CPU > 0 {
		e.BestCPU, e.ValueCPU = append(e.BestCPU, best.CPU), append(e.ValueCPU, value.CPU)
	}
}

// same reports whether an experiment of an earlier run is this one.
func (e *Experiment) same(old Experiment) bool {
	return old.Kind == e.Kind && old.Knob == e.Knob && old.From == e.From && old.To == e.To && maps.Equal(old.Setting, e.Setting) && !old.Skipped
}
