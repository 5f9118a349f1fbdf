package bench

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is what /proc counts in; it is 100 a second for every program (USER_HZ, proc(5)).
const tick = time.Second / 100

// cpuOf is the processor time of a process and of all that it started, also of
// those that have ended, if it waited for them.
func cpuOf(pid int) time.Duration {
	parents, used := map[int]int{}, map[int]time.Duration{}
	names, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// The name of the program may hold blanks and parentheses.
		end := strings.LastIndexByte(string(text), ')')
		fields := strings.Fields(string(text[end+1:]))
		if len(fields) < 15 {
			continue
		}
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		parents[id], _ = strconv.Atoi(fields[1])
		for _, field := range fields[11:15] { // utime, stime, cutime, cstime
			ticks, _ := strconv.ParseInt(field, 10, 64)
			used[id] += time.Duration(ticks) * tick
		}
	}
	var sum time.Duration
	for id := range used {
		for at, depth := id, 0; at > 1 && depth < 100; at, depth = parents[at], depth+1 {
			if at == pid {
				sum += used[id]
				break
			}
		}
	}
	return sum
}

// cpuOfSelf is the processor time of this program, without what it started.
func cpuOfSelf() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
