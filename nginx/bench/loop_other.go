//go:build !linux

package bench

import (
	"context"
	"time"
)

// A loop is for Linux only; elsewhere each connection has a goroutine.
type loop struct{}

func newLoops(context.Context, *Load, target, time.Time) []*loop { return nil }

func runLoops([]*loop) []*count { return nil }
