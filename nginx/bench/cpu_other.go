//go:build !linux

package bench

import "time"

// cpuOf is unknown here.
func cpuOf(int) time.Duration { return 0 }

// ListenerOf is unknown here.
func ListenerOf(int) int { return 0 }

// cpuOfSelf is unknown here.
func cpuOfSelf() time.Duration { return 0 }
