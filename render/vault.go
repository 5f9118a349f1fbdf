package render

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// A guess says whether a folder that says nothing of it is a vault: one in which
// [[Page]] means a page. Not every vault has its folder .obsidian with it, and other
// tools write such links, too; but two brackets may also be text, as in a shell.
type guess struct {
	vault   bool
	warning Problems // why it is none, though some of its brackets name a text
}

// guessVault looks at what stands in double brackets in the texts: if half of the names
// or more are those of files, they are links. In a folder of Hugo or Jekyll they are not,
// for these print them, too.
func (s *Snapshot) guessVault() guess {
	if s.dialect.vault || s.dialect.wiki || s.settings.Wikilinks == "on" || s.settings.Wikilinks == "off" {
		return guess{}
	}
	var files map[string]bool
	total, there := 0, 0
	var first Problems
	for i := range s.sources {
		src := &s.sources[i]
		for _, name := range src.wiki {
			if files == nil {
				files = s.fileNames()
			}
			total++
			if files[name] {
				if there++; there == 1 {
					first = Problems{{File: src.file, What: "[[" + name + "]] is printed as it is, and so are others that name a text",
						Hint: `wikilinks = "on" under [build] makes links of them, and "off" says that they are text`}}
				}
			}
		}
	}
	switch {
	case there == 0:
		return guess{}
	case there*2 < total && s.dialect.tool != "":
		return guess{}
	case there*2 < total || s.dialect.tool != "":
		return guess{warning: first}
	}
	return guess{vault: true}
}

// fileNames are the names in the folder in small letters, those of texts also without
// ending.
func (s *Snapshot) fileNames() map[string]bool {
	names := map[string]bool{}
	for _, file := range slices.Concat(s.scan.markdown, s.scan.files) {
		base := strings.ToLower(path.Base(file))
		names[base] = true
		if isMarkdown(base) {
			names[strings.TrimSuffix(base, path.Ext(base))] = true
		}
	}
	return names
}

// maxWikiNames is how many names of one text count.
const maxWikiNames = 100

// wikiNames lists what stands in double brackets in a text, outside of code: the last
// parts of the names, in small letters.
func wikiNames(text []byte) (names []string) {
	if !bytes.Contains(text, []byte("[[")) {
		return nil
	}
	eachProse(text, func(line []byte) {
		for i := 0; i < len(line) && len(names) < maxWikiNames; i++ {
			if line[i] != '[' {
				continue
			}
			target, _, end := cutWikilink(line[i:])
			if end == 0 || i > 0 && line[i-1] == '\\' {
				continue
			}
			i += end - 1
			name, _, _ := strings.Cut(target, "#")
			name = strings.ToLower(path.Base(strings.TrimSpace(name)))
			linked := i+1 < len(line) && (line[i+1] == '(' || line[i+1] == ':') // [[1]](url)
			if name != "" && name != "." && !linked && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	})
	return names
}

// eachProse gives the lines of a text without code: blocks of it are left out, and
// code within a line is blanks.
func eachProse(text []byte, take func(line []byte)) {
	var code fence
	for len(text) > 0 {
		var line []byte
		line, text = cutLine(text)
		if isProse(line, &code) {
			take(withoutCode(line))
		}
	}
}

// withoutCode makes blanks of the code in a line.
func withoutCode(line []byte) []byte {
	if bytes.IndexByte(line, '`') < 0 {
		return line
	}
	line = bytes.Clone(line)
	for at := 0; ; {
		start := bytes.IndexByte(line[at:], '`')
		if start < 0 {
			return line
		}
		start += at
		mark := line[start : len(line)-len(bytes.TrimLeft(line[start:], "`"))]
		length := bytes.Index(line[start+len(mark):], mark)
		if length < 0 {
			return line
		}
		at = start + length + 2*len(mark)
		for i := start; i < at; i++ {
			line[i] = ' '
		}
	}
}
