package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"

	"icecap/render/jekyll"
)

// maxFrontMatter bounds the front matter of a file. Real ones have a few hundred
// bytes; a YAML document of megabytes can take minutes to decode.
const maxFrontMatter = 256 << 10

// A frontMatter is what stands before the text of a file.
type frontMatter struct {
	format byte   // 'y', 't', 'j', or 0 for none
	raw    []byte // without its delimiters
	line   int    // of the first line of raw, from 1
	body   int    // offset of the text
	loose  bool   // of a key that is there twice the last counts, as in Jekyll; else it is an error
	hugo   bool   // as in Hugo what is no truth value is a false one, and of keys that differ in case alone that with a capital counts; else each is an error
}

var utf8BOM = []byte("\xEF\xBB\xBF")

// splitFrontMatter finds the front matter. Windows' line ends and a byte order
// mark are accepted. Jekyll also ends YAML with "...". For Hugo it ends at a line
// that begins with the mark; the rest of the line is text.
func splitFrontMatter(data []byte, hugo bool) (frontMatter, *lineError) {
	start := 0
	if bytes.HasPrefix(data, utf8BOM) {
		start = len(utf8BOM)
	}
	above := 0 // empty lines, which Hugo allows
	first, rest := cutLine(data[start:])
	for len(first) == 0 && len(rest) > 0 {
		above++
		first, rest = cutLine(rest)
	}
	fm := frontMatter{line: 2 + above, body: start, hugo: hugo}
	switch {
	case bytes.Equal(first, []byte("---")):
		fm.format = 'y'
	case bytes.Equal(first, []byte("+++")):
		fm.format = 't'
	case bytes.HasPrefix(first, []byte("{")) && !bytes.HasPrefix(first, []byte("{{")) && !bytes.HasPrefix(first, []byte("{%")):
		fm, problem := splitJSON(data, start)
		fm.hugo = hugo
		return fm, problem
	default:
		return fm, nil
	}
	offset := len(data) - len(rest)
	fm.raw = rest
	for at := offset; at < len(data); {
		line, after := cutLine(data[at:])
		if hugo && bytes.HasPrefix(line, first) && len(line) > len(first) {
			fm.raw, fm.body = data[offset:at], at+len(first)
			return fm, fm.tooLong()
		}
		if bytes.Equal(line, first) || fm.format == 'y' && bytes.Equal(line, []byte("...")) {
			fm.raw, fm.body = data[offset:at], len(data)-len(after)
			return fm, fm.tooLong()
		}
		at = len(data) - len(after)
	}
	if fm.format == 'y' && !looksLikeKey(rest) {
		return frontMatter{line: 2, body: start}, nil // a thematic break at the top
	}
	return fm, &lineError{1, fmt.Errorf("the front matter that begins here does not end: a line %q is missing", first)}
}

func (fm frontMatter) tooLong() *lineError {
	if len(fm.raw) > maxFrontMatter {
		return &lineError{1, fmt.Errorf("the front matter has %d bytes, more than %d", len(fm.raw), maxFrontMatter)}
	}
	return nil
}

var keyLine = regexp.MustCompile(`\A\s*["']?[A-Za-z_][A-Za-z0-9_ -]*["']?\s*:(\s|\z)`)

func looksLikeKey(text []byte) bool {
	line, _ := cutLine(text)
	return keyLine.Match(line)
}

func splitJSON(data []byte, start int) (frontMatter, *lineError) {
	decoder := json.NewDecoder(bytes.NewReader(data[start:min(len(data), start+maxFrontMatter)]))
	var object json.RawMessage
	if err := decoder.Decode(&object); err != nil {
		at := int(decoder.InputOffset())
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = min(int(syntax.Offset), len(data)-start)
		}
		line := 1 + bytes.Count(data[start:start+at], []byte("\n"))
		return frontMatter{}, &lineError{line, fmt.Errorf("read the front matter as JSON: %w", err)}
	}
	fm := frontMatter{format: 'j', raw: object, line: 1, body: start + int(decoder.InputOffset())}
	_, rest := cutLine(data[fm.body:])
	fm.body = len(data) - len(rest)
	return fm, nil
}

// cutLine is the first line of a text, without its end and spaces there, and what follows.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte("\n"))
	return bytes.TrimRight(line, " \t\r"), rest
}

// A lineError is what is wrong with a line of a file.
type lineError struct {
	line int
	err  error
}

// decode reads the front matter as a map with keys in lower case.
func (fm frontMatter) decode() (values map[string]any, problem *lineError) {
	defer func() {
		if recover() != nil { // a decoder must never take the build down
			values, problem = nil, &lineError{fm.line, errors.New("read the front matter: it is malformed")}
		}
	}()
	raw := map[string]any{}
	var err error
	switch fm.format {
	case 'y':
		if flat, ok := flatYAML(fm.raw); ok {
			raw = flat
			break
		}
		if !fm.loose {
			err = yaml.Unmarshal(fm.raw, &raw)
			break
		}
		var value any
		if value, err = jekyll.DecodeYAML(fm.raw); err == nil && value != nil {
			var table bool
			if raw, table = value.(map[string]any); !table {
				err = errors.New("yaml: line 1: it is no list of keys with values")
			}
		}
	case 't':
		err = toml.Unmarshal(fm.raw, &raw)
	case 'j':
		err = json.Unmarshal(fm.raw, &raw)
	case 'o':
		raw, err = decodeOrg(fm.raw)
	}
	if err != nil {
		return nil, fm.explain(err)
	}
	values = make(map[string]any, len(raw))
	for key, value := range raw {
		lower := strings.ToLower(key)
		_, twice := values[lower]
		switch {
		case twice && fm.hugo && key == lower:
			continue
		case twice && !fm.hugo && !fm.loose:
			return nil, &lineError{fm.lineOf(lower), fmt.Errorf("the front matter has the key %q twice", lower)}
		}
		values[lower] = value
	}
	return values, nil
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// explain finds the line of a decoder's error.
func (fm frontMatter) explain(err error) *lineError {
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		row, _ := decode.Position()
		return &lineError{fm.line + row - 1, fmt.Errorf("read the front matter as TOML: %s", strings.TrimPrefix(decode.Error(), "toml: "))}
	}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return &lineError{fm.line + max(n, 1) - 1, fmt.Errorf("read the front matter as YAML: %s", m[2])}
	}
	return &lineError{fm.line, fmt.Errorf("read the front matter: %s", strings.TrimPrefix(err.Error(), "yaml: "))}
}

// lineOf is the line on which a key of the front matter stands.
func (fm frontMatter) lineOf(key string) int {
	for n, line := range bytes.Split(fm.raw, []byte("\n")) {
		line = bytes.TrimLeft(line, " \t\"'{,")
		if fm.format == 'o' {
			line = bytes.TrimLeft(line, "#+")
		}
		if len(line) > len(key) && strings.EqualFold(string(line[:len(key)]), key) {
			if after := bytes.TrimLeft(line[len(key):], " \t\"'"); len(after) > 0 && (after[0] == ':' || after[0] == '=') {
				return fm.line + n
			}
		}
	}
	return fm.line
}
