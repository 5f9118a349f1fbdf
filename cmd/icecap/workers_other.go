//go:build !linux

package main

// nginxWorkers knows of none: this system has no /proc.
func nginxWorkers() map[int][]int { return nil }
