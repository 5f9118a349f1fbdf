package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A condition is one --fail-if.
type condition struct {
	text, side, what string // side is "" for the ratio
	below            bool   // fails below the value, else above
	value            float64
}

var conditionForm = regexp.MustCompile(`\A\s*(?:([a-z]+)\.)?([a-z0-9]+)\s*([<>])\s*(\S+)\s*\z`)

// timed are the values that are durations.
const timedValues = " p50 p90 p99 p999 mean max "

func parseConditions(texts []string) ([]condition, error) {
	var list []condition
	for _, text := range texts {
		wrong := func(reason string) error {
			return hintedError{err: usageError{fmt.Errorf("read --fail-if %q: %s", text, reason)}, hint: "such as 'frozen.p99>5ms', 'app.errors>0' or 'ratio<10'"}
		}
		m := conditionForm.FindStringSubmatch(text)
		if m == nil {
			return nil, wrong("it is not SIDE.WHAT, < or >, and a value")
		}
		c := condition{text: text, side: m[1], what: m[2], below: m[3] == "<"}
		isTime := strings.Contains(timedValues, " "+c.what+" ")
		switch {
		case c.side == "" && c.what != "ratio", c.side != "" && !isTime && c.what != "rate" && c.what != "errors" && c.what != "against":
			return nil, wrong(fmt.Sprintf("there is no %q", c.what))
		case isTime:
			d, err := time.ParseDuration(m[4])
			if err != nil {
				return nil, wrong(fmt.Sprintf("%q is no duration", m[4]))
			}
			c.value = float64(d)
		default:
			number, isPercent := strings.CutSuffix(m[4], "%")
			v, err := strconv.ParseFloat(number, 64)
			if err != nil {
				return nil, wrong(fmt.Sprintf("%q is no number", m[4]))
			}
			if isPercent {
				v /= 100
			}
			c.value = v
		}
		list = append(list, c)
	}
	return list, nil
}

// judge ends the command with exit code 3 if a condition holds.
func (a *app) judge(r *benchReport, conditions []condition, forPeople bool) error {
	tell := a.say // a program reads the reply
	if forPeople {
		tell = a.reply
	}
	failed := false
	for _, c := range conditions {
		got, ok := r.value(c)
		if !ok {
			return usageError{fmt.Errorf("judge --fail-if %q: nothing of that name was measured", c.text)}
		}
		if c.below && got < c.value || !c.below && got > c.value {
			failed = true
			tell("fail  %s: it is %s", c.text, c.show(got))
		}
	}
	if failed {
		return exitError{3, errSaid}
	}
	return nil
}

func (c condition) show(v float64) string {
	if strings.Contains(timedValues, " "+c.what+" ") {
		return millis(time.Duration(v))
	}
	return fmt.Sprintf("%.4g", v)
}

// value is what a condition speaks of.
func (r *benchReport) value(c condition) (v float64, ok bool) {
	if c.side == "" {
		if r.Ratio == nil {
			return 0, false
		}
		return r.Ratio.Median, true
	}
	if c.what == "against" {
		for _, g := range r.Against {
			if g.Name == c.side {
				return g.Ratio, true
			}
		}
		return 0, false
	}
	for _, s := range r.Sides {
		if s.Name != c.side {
			continue
		}
		m := s.Median
		v, ok = map[string]float64{"rate": m.Rate, "errors": float64(s.Errors + s.Unanswered), "p50": float64(m.P50), "p90": float64(m.P90),
			"p99": float64(m.P99), "p999": float64(m.P999), "mean": float64(m.Mean), "max": float64(m.Max)}[c.what]
		return v, ok
	}
	return 0, false
}
