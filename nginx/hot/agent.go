package hot

import (
	"bytes"
	"strings"
)

// programWords stand in the User-Agent of programs, in lower case. Those that
// mean to look like people are people here.
var programWords = []string{
	"bot", "crawl", "spider", "slurp", "curl/", "wget/", "python-", "go-http-client", "java/", "okhttp", "scrapy", "facebookexternalhit",
	"monitor", "uptime", "pingdom", "headless", "httpclient", "libwww", "wrk", "apachebench", "hey/", "preview", "feedfetcher", "check_http",
}

// noAgent is the name of programs that do not tell one.
const noAgent = "(no user agent)"

const (
	maxAgents   = 1 << 14 // remembered User-Agents; then all are forgotten
	maxPrograms = 1 << 10 // counted by name; others together
)

// program returns the name of the program that a User-Agent tells of, or "" for
// what looks like a person.
func (c *Counter) program(l *line) string {
	if !c.Format.has[agent] && l.value[agent] == nil {
		return ""
	}
	name, ok := c.agents[string(l.value[agent])]
	if !ok {
		if len(c.agents) >= maxAgents {
			clear(c.agents)
		}
		name = programName(l.value[agent])
		c.agents[string(l.value[agent])] = name
	}
	return name
}

func programName(agent []byte) string {
	if len(agent) == 0 || string(agent) == "-" {
		return noAgent
	}
	lower := bytes.ToLower(agent)
	for _, word := range programWords {
		if i := bytes.Index(lower, []byte(word)); i >= 0 && len(lower) == len(agent) {
			return tokenAt(string(agent), i)
		}
	}
	return ""
}

// tokenAt is the product name around a place of a User-Agent, without version.
func tokenAt(s string, i int) string {
	isName := func(c byte) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.", c) >= 0
	}
	start, end := i, i
	for start > 0 && isName(s[start-1]) {
		start--
	}
	for end < len(s) && isName(s[end]) {
		end++
	}
	return s[start:min(end, start+40)]
}
