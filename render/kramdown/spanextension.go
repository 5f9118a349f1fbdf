package kramdown

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// spanExtension reads {::nomarkdown}, {::comment} and {::options} within lines.
type spanExtension struct{}

var spanExtensionPattern = regexp.MustCompile(`\A\{::(comment|nomarkdown|options)(?:\s[^}\n]*?)?(/?)\}`)

// maxExtension bounds what stands in an extension within a line, in bytes.
const maxExtension = 16 << 10

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (spanExtension) Trigger() []byte { return []byte{'{'} }

func (spanExtension) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	m := spanExtensionPattern.FindSubmatchIndex(line[:min(len(line), maxList)])
	if m == nil {
		return nil
	}
	name, from, to, end := string(line[m[2]:m[3]]), m[1], m[1], m[1]
	if m[4] == m[5] {
		n := bytes.Index(line[from:min(len(line), from+maxExtension)], []byte("{:/"))
		if n < 0 {
			return nil
		}
		rest := line[from+n+len("{:/"):]
		after, ok := bytes.CutPrefix(bytes.TrimPrefix(rest, []byte(name)), []byte("}"))
		if !ok {
			return nil
		}
		to, end = from+n, len(line)-len(after)
	}
	block.Advance(end)
	node := ast.NewRawHTML()
	if name == "nomarkdown" && from < to {
		node.Segments.Append(text.NewSegment(segment.Start+from, segment.Start+to))
	}
	return node
}
