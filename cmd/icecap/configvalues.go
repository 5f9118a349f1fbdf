package main

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// A duration is written "30s" or "2h".
type duration time.Duration

// UnmarshalText reads a Go duration of at least zero.
func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < 0 {
		return fmt.Errorf("%q is no duration such as 30s or 2h", text)
	}
	*d = duration(parsed)
	return nil
}

func (d duration) String() string { return time.Duration(d).String() }

// Set and Type make a duration a flag.
func (d *duration) Set(s string) error { return d.UnmarshalText([]byte(s)) }
func (d *duration) Type() string       { return "duration" }

// A size is a number of bytes, written "10MB" or "512KiB".
type size int64

// UnmarshalText reads a size with an SI or IEC unit.
func (s *size) UnmarshalText(text []byte) error {
	parsed, err := humanize.ParseBytes(string(text))
	if err != nil || parsed > 1<<62 {
		return fmt.Errorf("%q is no size such as 10MB", text)
	}
	*s = size(parsed)
	return nil
}

// String is exact, because viper gets the value of a flag as text.
func (s size) String() string {
	switch {
	case s >= 1<<20 && s%(1<<20) == 0:
		return fmt.Sprintf("%dMiB", s>>20)
	case s >= 1<<10 && s%(1<<10) == 0:
		return fmt.Sprintf("%dKiB", s>>10)
	}
	return fmt.Sprintf("%dB", int64(s))
}

// Set and Type make a size a flag.
func (s *size) Set(text string) error { return s.UnmarshalText([]byte(text)) }
func (s *size) Type() string          { return "size" }
