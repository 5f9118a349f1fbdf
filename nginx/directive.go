package nginx

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Directive is one NGINX directive, or one line of a map, types or upstream
// block, whose first word is then the Name.
type Directive struct {
	Name    string
	Args    []string // as NGINX sees them after unquoting
	Block   Block    // nil if the directive ends in ";", not nil (but maybe empty) if it has braces
	Comment string   // printed above the directive, one "# " line for each line; for people only
	At      Span     // where Parse read it; for what was built, zero
}

// A Span is a place in a text: bytes from 0, the line from 1.
type Span struct {
	Line  int
	Start int // of the name
	Head  int // of the ";" or "{" after the words
	End   int // after the ";" or the "}"
}

// A Block is the content of a file or of a pair of braces.
type Block []Directive

// Equal reports whether a and b say the same to NGINX. Comments do not count.
func (b Block) Equal(other Block) bool {
	return slices.EqualFunc(b, other, func(x, y Directive) bool {
		return x.Name == y.Name && slices.Equal(x.Args, y.Args) &&
			(x.Block == nil) == (y.Block == nil) && x.Block.Equal(y.Block)
	})
}

// String is the block as NGINX reads it, indented by four spaces. What [Parse]
// makes of it is equal to b, whatever the names and arguments hold.
func (b Block) String() string {
	var w strings.Builder
	b.print(&w, 0)
	return w.String()
}

func (b Block) print(w *strings.Builder, depth int) {
	indent := strings.Repeat("    ", depth)
	for i, d := range b {
		// Blocks and explained lines stand apart, plain ones stay together.
		if i > 0 && (d.Comment != "" || d.Block != nil || b[i-1].Block != nil) {
			w.WriteByte('\n')
		}
		if d.Comment != "" {
			for _, line := range strings.Split(d.Comment, "\n") {
				w.WriteString(strings.TrimRight(indent+"# "+line, " ") + "\n")
			}
		}
		w.WriteString(indent + d.words(indent))
		if d.Block == nil {
			w.WriteString(";\n")
			continue
		}
		w.WriteString(" {\n")
		d.Block.print(w, depth+1)
		w.WriteString(indent + "}\n")
	}
}

// maxLine is where a directive without a block is broken, one argument a line.
const maxLine = 110

// words spells the name and the arguments.
func (d Directive) words(indent string) string {
	words := []string{quote(d.Name)}
	for _, arg := range d.Args {
		words = append(words, quote(arg))
	}
	if text := strings.Join(words, " "); d.Block != nil || len(d.Args) < 2 || len(indent)+len(text) <= maxLine {
		return text
	}
	return strings.Join(words, "\n"+indent+"        ")
}

// quote spells one word. Words of plain bytes stay as they are. Others are put
// in double quotes, where NGINX gives a meaning to a backslash before " ' \ t r
// n only, and takes any other backslash as it stands; so \s of a regular
// expression stays legible.
func quote(word string) string {
	if word != "" && strings.Trim(word, plainBytes) == "" {
		return word
	}
	var w strings.Builder
	w.WriteByte('"')
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case c == '"':
			w.WriteString(`\"`)
		case c == '\\' && (i+1 == len(word) || strings.IndexByte(`"'\trn`, word[i+1]) >= 0):
			w.WriteString(`\\`)
		default:
			w.WriteByte(c)
		}
	}
	w.WriteByte('"')
	return w.String()
}

// plainBytes need no quotes anywhere in a word: "$" does not, because no brace
// can follow it.
const plainBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/:@=+*$!"

// Config is the gate of one site in two parts: HTTP goes inside http { }, for
// maps and upstreams are known to all of NGINX; Server goes inside the site's
// server { } block, in place of its own "location /".
type Config struct {
	Site   string // the prefix of every name in it
	HTTP   Block
	Server Block
	// Outside names what Server leads to and the rest of the server block
	// defines: the operator's own location, if there is one.
	Outside []string
}

// String shows both parts, each under a line that says where it belongs.
func (c Config) String() string {
	return fmt.Sprintf("# ==== http level: include this part inside http { }, outside every server { }\n\n%s\n"+
		"# ==== server level: include this part inside the server { } block, in place of its location /\n\n%s",
		c.HTTP, c.Server)
}

// WriteTo writes what String shows.
func (c Config) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, c.String())
	return int64(n), err
}
