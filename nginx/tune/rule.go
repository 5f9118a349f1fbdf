package tune

import (
	"fmt"
	"slices"

	"icecap/nginx/bench"
)

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
	P        float64 `json:"p"` // see bench.Differ
	Why      string  `json:"why"`
}

// Decide compares a value with the best so far, round by round, where the knob
// has so many values to try beside the one that it has.
func (r Rule) Decide(best, value []float64, tries int) Verdict {
	r = r.withDefaults()
	n := min(len(best), len(value))
	best, value = best[:n], value[:n]
	ratios := make([]float64, 0, n)
	for i := range n {
		if best[i] > 0 {
			ratios = append(ratios, value[i]/best[i]-1)
		}
	}
	if len(ratios) == 0 {
		return Verdict{P: 1, Why: "nothing was measured"}
	}
	v := Verdict{Gain: bench.Estimate(ratios).Median, Low: slices.Min(ratios), High: slices.Max(ratios), P: bench.Differ(best, value)}
	alpha := r.Alpha / float64(max(tries, 1))
	switch {
	case v.P >= alpha:
		v.Why = fmt.Sprintf("within the noise (p = %.3f, the limit is %.3f)", v.P, alpha)
	case v.Gain < 0:
		v.Why = "it is slower"
	case v.Gain < r.MinEffect:
		v.Why = fmt.Sprintf("real, but below %.1f %%", r.MinEffect*100)
	default:
		v.Accepted, v.Why = true, fmt.Sprintf("p = %.4f", v.P)
	}
	return v
}

// hopeless reports, at half time, that a value need not be measured further. It
// can only reject, so it makes no useless value look useful.
func (r Rule) hopeless(best, value []float64) bool {
	if len(value) != r.Rounds/2 || r.Rounds < 4 {
		return false
	}
	return r.Decide(best, value, 1).Gain < -r.MinEffect/2
}
