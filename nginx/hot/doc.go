// Package hot reads access logs and finds the paths that cost the app most.
//
// The two nouns are [Counter], which takes lines and forgets them, and
// [Summary], what it then knows. [Read] runs a counter on each processor over a
// whole log; [Tail] hands out the lines of a log that still grows.
//
// # What is read
//
// A [Format] says how a line reads. [CompileFormat] makes one of the words of a
// log_format directive; [FromConfig] finds that of a log in the output of
// nginx -T; [Detect] knows NGINX's "combined", icecap's own
// ([icecap/nginx.LogFormat]) and lines that are JSON objects, by a look at the
// first lines. Only the icecap format says where an answer came from and why a
// page was not looked for on disk; with others the gate's reasons are worked out
// from the request line, and every answer counts as the app's.
//
// # How it is counted
//
// Paths are folded as the gate folds them: one spelling for each path, without
// the query where the gate ignores it, with it where it names a page of its own,
// and as "/path?*" where it leaves the request to the app. A request is open if
// the gate would look for it on disk, and taken if it is open and was answered
// with 200, 206 or 304 by the app: that is what freezing the page would take off
// the app.
//
// The time in the app is $upstream_response_time, all tries added; where a format
// lacks it, $request_time of what the app answered, which also holds the time of
// a slow visitor ([Summary.TimeFrom]).
//
// Programs are counted apart from people, by the name in $http_user_agent, or its
// absence. A format without the agent has no programs.
//
// # Bounds
//
// Memory does not depend on the log. A counter holds [MaxPaths] paths; when there
// are more it drops the cheaper half, and says what it dropped and by how much a
// count that is shown can be too low at the most ([Summary.Dropped],
// [Summary.Missed]). Sums are always exact. A line of more than 64 KiB is damaged,
// and so is one that does not fit the format or whose numbers are none; damaged
// lines are counted, and nothing else happens. A whole line without a request, as
// a port scan leaves, is counted as such.
package hot
