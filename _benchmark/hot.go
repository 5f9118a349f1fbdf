package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	hotLines      = 3_000_000
	hotFewLines   = 200_000 // for GoAccess, which takes its time
	hotPaths      = 5_000
	hotColdPaths  = 10_000_000
	hotDay        = 1_795_680_000 // seconds since 1970
	hotPerSecond  = 40
	hotLineFormat = `192.0.2.%d - - [%s] "GET %s HTTP/1.1" 200 %d "https://shop.example.com/" "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0"` + "\n"
)

// writeLog writes lines of NGINX's combined format. The path of line i is path(i).
func writeLog(w io.Writer, lines int, path func(i int) string) error {
	b := bufio.NewWriterSize(w, 1<<20)
	for i := range lines {
		at := time.Unix(int64(hotDay+i/hotPerSecond), 0).UTC().Format("02/Jan/2006:15:04:05 -0700")
		if _, err := fmt.Fprintf(b, hotLineFormat, i%251, at, path(i), 300+i%90000, 100+i%40, 100+i%40); err != nil {
			return err
		}
	}
	return b.Flush()
}

// hot reads one log with icecap, awk and GoAccess in turns, and a log of ten
// million paths that are asked for once each.
func (l *lab) hot() error {
	popular := func(i int) string { // half of all for one path in a hundred
		n := (i * 7919) % hotPaths
		if i%2 == 0 {
			n %= hotPaths / 100
		}
		return fmt.Sprintf("/product/%d", n)
	}
	for name, lines := range map[string]int{"many.log": hotLines, "few.log": hotFewLines} {
		file, err := os.Create(l.path(name))
		if err != nil {
			return err
		}
		if err := writeLog(file, lines, popular); err != nil {
			return err
		}
		file.Close()
	}
	programs := []struct {
		name  string
		lines float64
		args  []string
	}{
		{"icecap hot", hotLines, []string{l.path("icecap"), "hot", l.path("many.log"), "--format", "combined"}},
		{"awk '{n[$7]++}'", hotLines, []string{"awk", `{n[$7]++} END{for (p in n) print n[p], p}`, l.path("many.log")}},
		{"goaccess", hotFewLines, []string{"goaccess", l.path("few.log"), "--log-format=COMBINED", "--no-progress", "-o", l.path("goaccess.json")}},
	}
	rates := make([][]float64, len(programs))
	cpus := make([][]float64, len(programs))
	var ratios [3][]float64
	peaks := make([]int64, len(programs))
	for range l.rounds {
		for i, p := range programs {
			s, err := l.measure(p.args[0], p.args[1:]...)
			if err != nil {
				return err
			}
			rates[i] = append(rates[i], p.lines/s.wall.Seconds()/1e6)
			cpus[i] = append(cpus[i], p.lines/s.cpu.Seconds()/1e6)
			peaks[i] = max(peaks[i], s.rss)
			ratios[i] = append(ratios[i], rates[0][len(rates[0])-1]/rates[i][len(rates[i])-1])
		}
	}
	row("program", "million lines/s", "million lines a CPU second", "icecap is faster (median of ratios)", "least to most", "peak memory, MiB")
	row("---", "---", "---", "---", "---", "---")
	for i, p := range programs {
		row(p.name, median(rates[i]), median(cpus[i]), median(ratios[i]), spread(ratios[i]), fmt.Sprint(peaks[i]>>20))
	}
	return l.hotCold()
}

// hotCold pipes a log of more paths than memory holds.
func (l *lab) hotCold() error {
	cmd := exec.CommandContext(l.ctx, l.path("icecap"), "hot", "--format", "combined")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = writeLog(in, hotColdPaths, func(i int) string {
		if i%20 == 0 {
			return "/hot"
		}
		return fmt.Sprintf("/cold/%d", i)
	})
	in.Close()
	if err := cmd.Wait(); err != nil {
		return err
	}
	fmt.Printf("\n%d paths, from standard input: %d MiB at the peak\n", hotColdPaths, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss>>10)
	return err
}
