package kramdown

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// spanExtension reads {::nomarkdown}, {::comment} and {::options} within lines.
type spanExtension struct{}

var spanExtensionPattern = regexp.MustCompile(`\A\{::(comment|nomarkdown|options)(?:\s((?:\\\}|[^}])*?))?(?:/\}|\}([^\n]*?)\{:/(?:comment|nomarkdown|options)?\})`)

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (spanExtension) Trigger() []byte { return []byte{'{'} }

func (spanExtension) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	m := spanExtensionPattern.FindSubmatchIndex(line)
	if m == nil {
		return nil
	}
	block.Advance(m[1])
	node := ast.NewRawHTML()
	if string(line[m[2]:m[3]]) == "nomarkdown" && m[6] >= 0 {
		node.Segments.Append(text.NewSegment(segment.Start+m[6], segment.Start+m[7]))
	}
	return node
}
