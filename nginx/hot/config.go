package hot

import (
	"fmt"
	"path/filepath"
	"strings"

	"icecap/nginx"
)

// FromConfig finds the format of a log in NGINX's configuration, as nginx -T
// prints it: the one whose access_log line names the file, or of which it is an older
// one, such as access.log.2.gz. With a name, it is
// the log_format of that name, whatever the file.
func FromConfig(config nginx.Block, file, name string) (Format, error) {
	formats := map[string][]string{}
	logs := map[string]string{} // file to name
	var walk func(nginx.Block)
	walk = func(b nginx.Block) {
		for _, d := range b {
			switch {
			case d.Name == "log_format" && len(d.Args) > 1:
				formats[d.Args[0]] = d.Args[1:]
			case d.Name == "access_log" && len(d.Args) > 1:
				logs[filepath.Clean(d.Args[0])] = d.Args[1]
			case d.Name == "access_log" && len(d.Args) == 1:
				logs[filepath.Clean(d.Args[0])] = "combined"
			}
			walk(d.Block)
		}
	}
	walk(config)
	if name == "" {
		if name = logs[unrotated(filepath.Clean(file), logs)]; name == "" {
			return Format{}, &FormatError{file, "the configuration has no access_log line for this file"}
		}
	}
	if words, ok := formats[name]; ok {
		return CompileFormat(name, words...)
	}
	if f, ok := KnownFormat(name); ok {
		return f, nil
	}
	return Format{}, &FormatError{name, fmt.Sprintf("the configuration defines %d formats, but not this one", len(formats))}
}

// unrotated is the log that the file was before logrotate gave it a number or a date:
// access.log for access.log.1, access.log.2.gz and access.log-20261126.
func unrotated(file string, logs map[string]string) string {
	for name := file; ; {
		if logs[name] != "" {
			return name
		}
		i := strings.LastIndexAny(name, ".-")
		if i <= strings.LastIndexByte(name, filepath.Separator) {
			return file
		}
		name = name[:i]
	}
}
