package freeze

import (
	"net"
	"strconv"
	"strings"
	"time"

	"icecap/content"
)

// A RobotsPolicy says whether the site's /robots.txt binds the crawl.
type RobotsPolicy string

const (
	RobotsAuto   RobotsPolicy = "auto"   // it does, unless the app answers on a loopback address
	RobotsObey   RobotsPolicy = "obey"   // it does
	RobotsIgnore RobotsPolicy = "ignore" // it does not: the site is the operator's own
)

// robotsToken is what a group of /robots.txt calls us.
const robotsToken = "icecap"

// obeysRobots reports whether /robots.txt counts for an app at this address.
func (c *Crawler) obeysRobots(address string) bool {
	switch c.Robots {
	case RobotsObey:
		return true
	case RobotsIgnore:
		return false
	}
	host, _, _ := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return ip == nil || !ip.IsLoopback()
}

// robots are the lines of a robots.txt (RFC 9309) that are for us. The nil
// robots forbid nothing.
type robots struct {
	rules []robotsRule
	delay time.Duration // Crawl-delay, which no RFC knows and many sites write
}

type robotsRule struct {
	line     string   // as it is reported: "Disallow: /a"
	pieces   []string // of the pattern, between its stars, in the canonical spelling of a path
	anchored bool     // "$" ends it
	allow    bool
	length   int // of the pattern; the longest that fits decides
}

// maxDelay bounds Crawl-delay: a site that asks for more would never be done.
const maxDelay = time.Minute

// parseRobots reads a robots.txt. What is no line of one is passed over, as the
// RFC wants: half a file binds more than none.
func parseRobots(text string) *robots {
	var own, all robots
	named := false // a group names us
	var current []*robots
	rules := false // the present group has some, so that a user-agent begins another
	text = strings.TrimPrefix(text, "\ufeff")
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line, _, _ = strings.Cut(line, "#")
		key, value, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch key {
		case "user-agent":
			if rules {
				current, rules = nil, false
			}
			switch token := productToken(value); {
			case strings.EqualFold(token, robotsToken):
				named = true
				current = append(current, &own)
			case strings.HasPrefix(value, "*"):
				current = append(current, &all)
			}
		case "allow", "disallow", "crawl-delay":
			rules = true
			for _, group := range current {
				group.add(key, value)
			}
		}
	}
	if named {
		return &own
	}
	return &all
}

// productToken is the name in the value of a user-agent line: "icecap" of "icecap/1.0".
func productToken(value string) string {
	end := strings.IndexFunc(value, func(r rune) bool {
		return !('a' <= r|0x20 && r|0x20 <= 'z' || r == '-' || r == '_')
	})
	if end < 0 {
		return value
	}
	return value[:end]
}

func (r *robots) add(key, value string) {
	if key == "crawl-delay" {
		if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
			r.delay = max(r.delay, time.Duration(min(seconds, maxDelay.Seconds())*float64(time.Second)))
		}
		return
	}
	if value == "" || value[0] != '/' && value[0] != '*' {
		return
	}
	rule := robotsRule{allow: key == "allow", length: len(value), line: "Disallow: " + content.SkipURL(value)}
	pattern, anchored := strings.CutSuffix(value, "$")
	rule.anchored = anchored
	for piece := range strings.SplitSeq(pattern, "*") {
		rule.pieces = append(rule.pieces, canonicalPiece(piece))
	}
	r.rules = append(r.rules, rule)
}

// canonicalPiece spells a part of a pattern as content.Path spells its own: one
// byte has one form, so that /caf%c3%a9 and /café are alike.
func canonicalPiece(s string) string {
	const plain, upperhex = "-._~!$&'()*+,=:@/?", "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c, escaped := s[i], false
		if c == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				c, escaped = byte(n), true
				i += 2
			}
		}
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if letter || strings.IndexByte(plain, c) >= 0 && !(escaped && (c == '/' || c == '?')) || c == '%' && !escaped {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperhex[c>>4])
		b.WriteByte(upperhex[c&15])
	}
	return b.String()
}

// pause is the time between two requests that the site asks for.
func (r *robots) pause() time.Duration {
	if r == nil {
		return 0
	}
	return r.delay
}

// forbids returns the line that forbids a URL, in its canonical spelling, or "".
// The longest pattern decides, and of two that are as long the one that allows
// (RFC 9309, section 2.2.2). /robots.txt itself is always allowed.
func (r *robots) forbids(url string) string {
	if r == nil || url == robotsPath {
		return ""
	}
	var best *robotsRule
	for i := range r.rules {
		rule := &r.rules[i]
		better := best == nil || rule.length > best.length || rule.length == best.length && rule.allow && !best.allow
		if better && rule.fits(url) {
			best = rule
		}
	}
	if best == nil || best.allow {
		return ""
	}
	return best.line
}

func (r *robotsRule) fits(url string) bool {
	rest, found := strings.CutPrefix(url, r.pieces[0])
	if !found {
		return false
	}
	if len(r.pieces) == 1 {
		return !r.anchored || rest == ""
	}
	last := len(r.pieces) - 1
	for _, piece := range r.pieces[1:last] {
		_, after, found := strings.Cut(rest, piece)
		if !found {
			return false
		}
		rest = after
	}
	if r.anchored {
		return strings.HasSuffix(rest, r.pieces[last])
	}
	return strings.Contains(rest, r.pieces[last])
}
