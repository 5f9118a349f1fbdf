package freeze

import (
	"bytes"
	"encoding/json"
)

// maxNesting bounds how deep JSON and the braces of scripts are followed.
const maxNesting = 200

// A level is one object or array that is open in a JSON text.
type level struct {
	key    string // of the value that comes
	parent string // key of the object around it
	object bool
	named  bool // an object, behind a key
}

// jsonStrings yields each string of a JSON text that is a value, with its key
// and the key of the object that it stands in; an array counts as its values. It
// is a lexer that forgives: what is no JSON ends it or gives strings that are
// no references. It ends at a nesting of maxNesting.
func jsonStrings(b []byte, yield func(parent, key string, value []byte)) {
	stack := make([]level, 1, 16)
	for i := 0; i < len(b); i++ {
		top := &stack[len(stack)-1]
		switch b[i] {
		case '{', '[':
			next := level{key: top.key, parent: top.parent}
			if b[i] == '{' {
				next = level{parent: top.key, object: true}
			}
			if len(stack) == maxNesting {
				return
			}
			stack = append(stack, next)
		case '}', ']':
			if len(stack) == 1 {
				return
			}
			stack = stack[:len(stack)-1]
		case ',':
			if top.object {
				top.key, top.named = "", false
			}
		case '"':
			end := stringEnd(b, i+1, '"')
			if end < 0 {
				return
			}
			value := b[i : end+1]
			i = end
			if top.object && !top.named {
				if colon := skipSpace(b, end+1); colon < len(b) && b[colon] == ':' {
					top.key, top.named, i = string(unquoteJSON(value)), true, colon
				}
				continue
			}
			yield(top.parent, top.key, unquoteJSON(value))
		}
	}
}

// stringEnd is the place of the quote that ends a string, or -1.
func stringEnd(b []byte, i int, quote byte) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// unquoteJSON is the text of a string with its quotes; nil if it is none.
func unquoteJSON(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return nil
	}
	return []byte(text)
}

// linkedData reads JSON-LD. Many a string there is no reference, or one that
// names a thing and no page: only absolute URLs under well-known keys count,
// and nobody misses them.
func (s *scan) linkedData(b []byte) {
	jsonStrings(b, func(_, key string, value []byte) {
		switch key {
		case "url", "@id", "item", "mainEntityOfPage", "image", "logo", "thumbnail", "thumbnailUrl", "contentUrl", "embedUrl":
			if hasScheme(trimSpace(value)) {
				s.add(value, HintLink)
			}
		}
	})
}

// manifest reads a web app manifest (W3C Application Manifest).
func (s *scan) manifest(b []byte) {
	jsonStrings(b, func(parent, key string, value []byte) {
		switch {
		case key == "src" && (parent == "icons" || parent == "screenshots"):
			s.add(value, AssetLink)
		case key == "start_url" && parent == "", key == "url" && parent == "shortcuts":
			s.add(value, PageLink)
		}
	})
}

// importMap reads what module names stand for (HTML 8.1.6.2). A name that ends
// in a slash stands for a folder.
func (s *scan) importMap(b []byte) {
	jsonStrings(b, func(parent, _ string, value []byte) {
		if parent == "imports" && !bytes.HasSuffix(value, []byte("/")) {
			s.specifier(value)
		}
	})
}
