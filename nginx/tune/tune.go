package tune

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	Rate   float64 // more is better; requests a second, or whatever the driver counts
	Errors int64   // what failed
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
	Verdict Verdict   `json:"verdict"`
	Skipped bool      `json:"skipped,omitempty"` // not measured; Verdict.Why says why
	Advice  string    `json:"advice,omitempty"`
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
	result  Result
	running map[string]Subject // the best setting, by its text; at most one is kept
	before  []Experiment
}

// errEnough says that the time is up.
var errEnough = errors.New("the time is up")

// Run tries all knobs. The result is never nil, and holds what was found also
// where there is an error.
func (t *Tuner) Run(ctx context.Context) (*Result, error) {
	r := &run{Tuner: t, running: map[string]Subject{}, before: t.Before}
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
	err = errors.Join(err, r.stopAll(""))
	r.result.Complete = err == nil
	if errors.Is(err, errEnough) {
		err = nil
	}
	return &r.result, err
}

// tryAll tries each value of each knob.
func (r *run) tryAll(ctx context.Context) error {
	for _, k := range r.Knobs {
		if k.Skip != "" {
			r.record(Experiment{Kind: Trial, Knob: k.Name, From: k.Values[0], Skipped: true, Verdict: Verdict{P: 1, Why: k.Skip}})
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
	a, err := r.start(ctx, best)
	if err != nil {
		return fmt.Errorf("start the setting so far: %w", err)
	}
	if err := r.stopAll(text(best)); err != nil {
		return err
	}
	b, err := r.start(ctx, value)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// A value that does not run is a finding, not the end.
		e.Verdict = Verdict{P: 1, Why: "it does not start: " + err.Error()}
		r.record(*e)
		return nil
	}
	if err := r.rounds(ctx, e, a, b, tries); err != nil {
		return err
	}
	if keep := text(best); e.Kind == Trial {
		if e.Verdict.Accepted && e.Advice == "" {
			keep = text(value)
		}
		if err := r.stopAll(keep); err != nil {
			return err
		}
	}
	r.record(*e)
	return nil
}

// rounds measures both in turns and decides.
func (r *run) rounds(ctx context.Context, e *Experiment, a, b Subject, tries int) error {
	var failed int64
	for range r.Rule.Rounds {
		before, err := a.Measure(ctx)
		if err != nil {
			return err
		}
		after, err := b.Measure(ctx)
		if err != nil {
			return err
		}
		e.Best, e.Value = append(e.Best, before.Rate), append(e.Value, after.Rate)
		failed += max(after.Errors-before.Errors, 0)
		if failed > 0 || r.Rule.hopeless(e.Best, e.Value) {
			break
		}
	}
	e.Verdict = r.Rule.Decide(e.Best, e.Value, tries)
	if failed > 0 {
		e.Verdict.Accepted, e.Verdict.Why = false, fmt.Sprintf("%d requests failed", failed)
	}
	return nil
}

// same reports whether an experiment of an earlier run is this one.
func (e *Experiment) same(old Experiment) bool {
	return old.Kind == e.Kind && old.Knob == e.Knob && old.From == e.From && old.To == e.To && maps.Equal(old.Setting, e.Setting) && !old.Skipped
}

// start runs a setting, unless it does.
func (r *run) start(ctx context.Context, s Setting) (Subject, error) {
	if running := r.running[text(s)]; running != nil {
		return running, nil
	}
	started, err := r.Driver.Start(ctx, s)
	if err != nil {
		return nil, err
	}
	r.running[text(s)] = started
	return started, nil
}

// stopAll stops what runs, but one.
func (r *run) stopAll(but string) error {
	var errs error
	for name, subject := range r.running {
		if name != but {
			errs = errors.Join(errs, subject.Stop())
			delete(r.running, name)
		}
	}
	return errs
}

// text is a name for a setting.
func text(s Setting) string {
	name := "setting"
	for _, knob := range slices.Sorted(maps.Keys(s)) {
		name += fmt.Sprintf(" %q=%q", knob, s[knob])
	}
	return name
}
