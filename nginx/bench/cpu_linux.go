package bench

import (
	"fmt"
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

// ListenerOf is the process that listens on a loopback or any address with this
// port, the one that started the others if they share it; 0 if it cannot be seen.
func ListenerOf(port int) int {
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := os.ReadFile(table) // there may be no IPv6
		for line := range strings.Lines(string(text)) {
			// sl local_address rem_address st ... inode; 0A is LISTEN (proc(5)).
			fields := strings.Fields(line)
			if len(fields) > 9 && fields[3] == "0A" && strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", port)) {
				sockets["socket:["+fields[9]+"]"] = true
			}
		}
	}
	first := 0
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is well formed
	for _, link := range links {
		if to, err := os.Readlink(link); err != nil || !sockets[to] {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
		if first == 0 || pid < first {
			first = pid
		}
	}
	return first
}

// cpuOfSelf is the processor time of this program, without what it started.
func cpuOfSelf() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
