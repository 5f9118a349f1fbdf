//go:build unix && !linux

package release

import "math"

// roomOf knows nothing: statfs is another call on each system.
func roomOf(string) (room, error) { return room{bytes: math.MaxInt64, inodes: -1}, nil }
