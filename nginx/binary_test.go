package nginx

import (
	"context"
	"os"
	"slices"
	"testing"
)

// A configuration that NGINX prints is one that Parse reads. Only root can be
// sure to read all of the installed one.
func TestDump(t *testing.T) {
	binary, err := Find()
	if err != nil {
		t.Skip(err)
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root, as nginx -T opens the logs")
	}
	config, err := binary.Dump(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(config, func(d Directive) bool { return d.Name == "http" && d.Block != nil }) {
		t.Errorf("no http block in\n%s", config)
	}
}
