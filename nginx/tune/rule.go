package tune

import (
	"fmt"
	"slices"
	"time"

	"icecap/nginx/bench"
)

// lifeRounds is how many rounds both sides live before they are started anew. Two
// runs of the same program differ a little for as long as they live, by the places
// of their memory, the seeds of their hashes, the workers that got a connection: one
// life would make such luck look like a gain.
const lifeRounds = 3

// A Rule says when a difference counts.
type Rule struct {
	Rounds    int     // measurements of each side; 0 means 12
	MinEffect float64 // smallest gain that is worth a setting; 0 means 0.02, 2 %
	Alpha     float64 // how probable chance may be; 0 means 0.05
}

func (r Rule) withDefaults() Rule {
	if r.Rounds <= 0 {
		r.Rounds = 12
	}
	if r.MinEffect <= 0 {
		r.MinEffect = 0.02
	}
	if r.Alpha <= 0 {
		r.Alpha = 0.05
	}
	return r
}

// A Verdict is what the rule says of two samples.
type Verdict struct {
	Accepted bool    `json:"accepted"`
	Gain     float64 `json:"gain"` // 0.05 is 5 % more
	Low      float64 `json:"low"`  // the smallest gain of a round, the lower end of the noise band
	High     float64 `json:"high"`
	P        float64 `json:"p"` // see differ
	Why      string  `json:"why"`
	CPU      *Cost   `json:"cpu,omitempty"` // nil if it is not known
}

// A Cost is how much more processor time the server takes for a request: -0.05 is 5 % less.
type Cost struct {
	More float64 `json:"more"`
	P    float64 `json:"p"`
	Sure bool    `json:"sure"` // test and minimum effect agree, either way
}

// String says what is sure: "12.0 % less processor time a request"; "" if nothing is.
func (c *Cost) String() string {
	switch {
	case c == nil || !c.Sure:
		return ""
	case c.More < 0:
		return fmt.Sprintf("%.1f %% less processor time a request", -c.More*100)
	}
	return fmt.Sprintf("%.1f %% more processor time a request", c.More*100)
}

// Decide compares a value with the best so far, round by round, where the knob
// has so many values to try beside the one that it has. Processor time is told, but
// decides nothing: a setting that leaves a processor idle takes less of it.
func (r Rule) Decide(e *Experiment, tries int) Verdict {
	r = r.withDefaults()
	ratios := gains(e.Best, e.Value)
	if len(ratios) == 0 {
		return Verdict{P: 1, Why: "nothing was measured"}
	}
	v := Verdict{Gain: bench.Estimate(ratios).Median, Low: slices.Min(ratios), High: slices.Max(ratios), P: differ(e.Best, e.Value)}
	alpha := r.Alpha / float64(max(tries, 1))
	if more := gains(e.BestCPU, e.ValueCPU); len(more) > 0 {
		v.CPU = &Cost{More: bench.Estimate(more).Median, P: differ(e.BestCPU, e.ValueCPU)}
		v.CPU.Sure = v.CPU.P < alpha && (v.CPU.More >= r.MinEffect || v.CPU.More <= -r.MinEffect)
	}
	switch {
	case e.fails():
		v.Why = fmt.Sprintf("%d requests failed", e.ValueFailed-e.BestFailed)
	case e.spares() && (v.P >= alpha || v.Gain >= 0):
		v.Accepted, v.Why = true, fmt.Sprintf("%d requests failed before, and none fails now", e.BestFailed)
	case v.P >= alpha:
		v.Why = fmt.Sprintf("within the noise (p = %.3f, the limit is %.3f)", v.P, alpha)
	case v.Gain < 0:
		v.Why = "it is slower"
	case v.Gain < r.MinEffect:
		v.Why = fmt.Sprintf("real, but below %.1f %%", r.MinEffect*100)
	default:
		v.Accepted, v.Why = true, chance(v.P)
	}
	return v
}

// chance spells a p in words: "p = 0.0012".
func chance(p float64) string {
	if p < 0.0001 {
		return "p < 0.0001"
	}
	return fmt.Sprintf("p = %.4f", p)
}

// gains are how much more the value has than the best, round by round.
func gains[T float64 | time.Duration](best, value []T) []float64 {
	var ratios []float64
	for i := range min(len(best), len(value)) {
		if best[i] > 0 {
			ratios = append(ratios, float64(value[i])/float64(best[i])-1)
		}
	}
	return ratios
}

// hopeless reports, at half time, that a value need not be measured further. It
// can only reject, so it makes no useless value look useful.
func (r Rule) hopeless(e *Experiment) bool {
	if len(e.Value) != r.Rounds/2 || r.Rounds < 4 {
		return false
	}
	return r.Decide(e, 1).Gain < -r.MinEffect/2
}
