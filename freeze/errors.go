package freeze

import (
	"fmt"
	"strings"
)

// A ConfigError is a field of a [Crawler] that cannot be meant. It is found
// before the first request.
type ConfigError struct {
	Field  string // as in Crawler: "URL", "Include"
	Value  string // without a password
	Reason string
	hint   string
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("read the %s %q: it %s", strings.ToLower(e.Field), e.Value, e.Reason)
}

// Hint says how to mend it; it may be empty.
func (e *ConfigError) Hint() string { return e.hint }

// An UnreachableError says that the app gave no answer at all.
type UnreachableError struct {
	Address string // the URL that was asked for
	Err     error  // of the network
	hint    string
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("reach the app at %s: %v", e.Address, e.Err)
}
func (e *UnreachableError) Unwrap() error { return e.Err }

// Hint says how to mend it.
func (e *UnreachableError) Hint() string {
	if e.hint != "" {
		return e.hint
	}
	return "start the app first, and give the address that a browser on this machine would use"
}

// A sinkError is an error of the sink, which ends the run.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }
