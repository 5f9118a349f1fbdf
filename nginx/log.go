package nginx

import "strings"

// logFormatName is the name of the log format that [LogFormat] defines for a site.
func logFormatName(site string) string { return site + "_log" }

// LogFormat is the log_format directive of a site's access log: one JSON object
// a line, every value a string.
//
//	t    time in seconds since 1970, with milliseconds
//	h m u s b   host, method, raw URI, status, bytes of the body
//	rt   seconds from the first byte of the request to the last of the answer
//	urt us ua   the app's seconds, status and address; a list if it was asked twice
//	src  "disk" for an answer from disk, "stale" for a copy, "maintenance", "" for the app's
//	why  why it was not looked for on disk; see the package comment
//	ct   media type of the answer
//	ag   the visitor's User-Agent
func LogFormat(site string) Directive {
	fields := []string{
		"t", "$msec", "h", "$host", "m", "$request_method", "u", "$request_uri", "s", "$status", "b", "$body_bytes_sent",
		"rt", "$request_time", "urt", "$upstream_response_time", "us", "$upstream_status", "ua", "$upstream_addr",
		"src", "$sent_http_" + strings.ToLower(strings.ReplaceAll(Marker, "-", "_")), "why", "$" + site + "_why", "ct", "$sent_http_content_type",
		"ag", "$http_user_agent",
	}
	d := line("log_format", logFormatName(site), "escape=json")
	for i := 0; i < len(fields); i += 2 {
		open, end := ",", ""
		if i == 0 {
			open = "{"
		}
		if i+2 == len(fields) {
			end = "}"
		}
		d.Args = append(d.Args, open+`"`+fields[i]+`":"`+fields[i+1]+`"`+end)
	}
	return d
}
