package install

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"icecap/nginx"
)

// A rival is a location of the operator's that takes some URLs before the gate.
type rival struct {
	placed
	modifier, pattern string
	expression        *regexp.Regexp // nil if Go cannot read it
}

// rivals are the locations of a server block but for the gate's own.
func (s site) rivals(gate string) (all []rival) {
	for _, line := range s.lines {
		if line.Name != "location" || len(line.Args) == 0 || filepath.Clean(line.file.path) == gate {
			continue
		}
		l := rival{placed: line, pattern: line.Args[len(line.Args)-1]}
		if len(line.Args) == 2 {
			l.modifier = line.Args[0]
		}
		switch {
		case strings.HasPrefix(l.pattern, "@"), l.modifier == "" && l.pattern == "/":
			continue
		case l.modifier == "~" || l.modifier == "~*":
			text := l.pattern
			if l.modifier == "~*" {
				text = "(?i)" + text
			}
			l.expression, _ = regexp.Compile(text) // nil for what only PCRE can read
		}
		all = append(all, l)
	}
	return all
}

// Rival names the location of the operator's that answers a path before the
// gate can: "location ~ \.html$ (/etc/nginx/sites-enabled/shop:14)". The path is
// as NGINX matches it, decoded.
func (p *Plan) Rival(path string) (name string, ok bool) {
	var longest *rival
	for i, l := range p.rivals {
		switch l.modifier {
		case "=":
			if l.pattern == path {
				return l.name(), true
			}
		case "", "^~":
			if strings.HasPrefix(path, l.pattern) && (longest == nil || len(l.pattern) > len(longest.pattern)) {
				longest = &p.rivals[i]
			}
		}
	}
	if longest == nil || longest.modifier != "^~" {
		for _, l := range p.rivals {
			if l.expression != nil && l.expression.MatchString(path) {
				return l.name(), true
			}
		}
	}
	if longest != nil {
		return longest.name(), true
	}
	for _, l := range p.rivals {
		if strings.HasPrefix(l.modifier, "~") && l.expression == nil {
			return l.name() + ", perhaps", true
		}
	}
	return "", false
}

func (l rival) name() string {
	return fmt.Sprintf("location %s (%s)", strings.Join(l.Args, " "), l.placed)
}

// addresses are where a server block can be asked from this machine.
func (s site) addresses() (all []string) {
	listens := 0
	for _, line := range s.lines {
		if line.Name != "listen" || len(line.Args) == 0 {
			continue
		}
		listens++
		address := line.Args[0]
		if strings.HasPrefix(address, "unix:") || slices.Contains(line.Args, "proxy_protocol") || slices.Contains(line.Args, "quic") {
			continue
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			host, port = address, "80"
			if strings.Trim(address, "0123456789") == "" {
				host, port = "*", address
			}
		}
		switch host {
		case "*", "0.0.0.0", "":
			host = "127.0.0.1"
		case "::", "[::]":
			host = "::1"
		}
		scheme := "http"
		if slices.Contains(line.Args, "ssl") {
			scheme = "https"
		}
		all = append(all, scheme+"://"+net.JoinHostPort(strings.Trim(host, "[]"), port))
	}
	if listens == 0 {
		all = []string{"http://127.0.0.1:80"} // NGINX's default, where it runs as root
	}
	return all
}

// lostHeaders warns of the operator's own headers that pages from disk will not
// have, because the gate's add_header makes NGINX ignore those around it, and the
// operator's own location answers only what is not on disk.
func (s site) lostHeaders(server nginx.Server, location *nginx.Directive) (warnings []string) {
	lines := s.lines
	if location != nil {
		for _, d := range location.Block {
			lines = append(lines[:len(lines):len(lines)], placed{d, s.file})
		}
	}
	for _, line := range lines {
		if line.Name != "add_header" || len(line.Args) < 2 {
			continue
		}
		declared := false
		for _, h := range server.Headers {
			declared = declared || strings.EqualFold(h.Name, line.Args[0])
		}
		if !declared {
			warnings = append(warnings, fmt.Sprintf("pages from disk will lack the header %s of %s: declare it as [[header]] in icecap.toml", line.Args[0], line))
		}
	}
	return warnings
}

// audit names known mistakes in the operator's server block. They are his to
// mend, or to want.
func (s site) audit() (warnings []string) {
	for _, f := range nginx.Audit(nginx.Block{s.Directive}) {
		warnings = append(warnings, fmt.Sprintf("%s: %s", s.file.path, f))
	}
	return warnings
}
