package freeze

import "bytes"

// typedScript reads the content of a <script>, whose attributes are the current ones.
func (s *scan) typedScript(text []byte) {
	if len(s.attrs) == 0 {
		return
	}
	switch string(s.attr("type")) {
	case "module":
		s.modules(text)
	case "application/ld+json":
		s.linkedData(text)
	case "importmap":
		s.importMap(text)
	}
}

// modules reads the imports of a script. Most scripts have none, and that is
// seen without a closer look.
func (s *scan) modules(b []byte) {
	if bytes.Contains(b, []byte("import")) || bytes.Contains(b, []byte("export")) && bytes.Contains(b, []byte("from")) {
		js := script{scan: s, b: b}
		js.read()
	}
}

// specifier adds what a module imports, if it is a path. Other names mean
// something to an import map only.
func (s *scan) specifier(name []byte) {
	if bytes.HasPrefix(name, []byte("/")) || bytes.HasPrefix(name, []byte("./")) || bytes.HasPrefix(name, []byte("../")) {
		if bytes.IndexByte(name, '\\') < 0 {
			s.add(name, AssetLink)
		}
	}
}

// sourceMap reads the last line of a script or style sheet (ECMA-426, 11.1.2.1,
// "without parsing"): //# sourceMappingURL=x.map or /*# ... */.
func (s *scan) sourceMap(b []byte) {
	const mark = "# sourceMappingURL="
	b = bytes.TrimRight(b, " \t\r\n")
	i := bytes.LastIndex(b, []byte(mark))
	if i < 2 || b[i-2] != '/' {
		return
	}
	url := b[i+len(mark):]
	switch b[i-1] {
	case '*':
		var ok bool
		if url, ok = bytes.CutSuffix(url, []byte("*/")); !ok {
			return
		}
		url = trimSpace(url)
	case '/':
	default:
		return
	}
	if !bytes.ContainsAny(url, " \t\r\n\"'`") { // else it is not the last line, or no comment
		s.add(url, HintLink)
	}
}
