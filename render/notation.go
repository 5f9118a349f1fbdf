package render

import (
	"bytes"
	"regexp"
)

// A notation is a piece of markup that other tools read and Markdown does not. In a
// folder of ours none is printed as it is: it is built, or left out and named with file
// and line. Code is never touched. Folders of Hugo and Jekyll have none of them, for
// these two print what their Markdown does not know.
type notation struct {
	tools, shape, taken string // as the table of the README has them

	makers []string       // in whose folders alone it is one, as it may be text elsewhere; nil for any
	with   string         // a text that has this has it, too
	mark   string         // what each use of it has; "" where the parsers of Markdown see it
	find   *regexp.Regexp // in a line without code
	put    string         // what takes its place, by the rules of [regexp.Regexp.Expand]
	report string         // the warning, likewise; "" where nothing is lost
	until  string         // what ends it, in a later line; it is left out with all between
	shown  bool           // it stays as it is
}

// notations is the one list of them. Those with a mark are replaced here, line by line,
// each in what the ones before it left; the others are parsers: [admonitionParser],
// [containerParser], [raisedParser], and what includes and footnotes are made by.
var notations = []notation{
	{tools: "MkDocs", shape: "`!!! note \"Title\"`, `??? tip`, `???+ tip`", taken: "a callout, closed or open"},
	{tools: "MkDocs", shape: "`=== \"Tab\"`", taken: "shown one after another, under their names"},
	{tools: "Docusaurus, VitePress, VuePress, Quarto", shape: "`:::tip[Title]`, `::: warning Title`", taken: "a callout; `::: details` is closed"},
	{tools: "Pandoc", shape: "`::: {.class #id}`", taken: "a `<div>` with both"},
	{tools: "mdBook", shape: "`{{#include file:2:9}}`, `{{#rustdoc_include}}`, `{{#playground}}`", taken: "the lines of a file of the folder, or of an anchor in it"},
	{tools: "MkDocs", shape: "`--8<-- \"file:2:9\"`", taken: "the same, also as a block of names"},
	{tools: "VitePress, GitLab", shape: "`<!--@include: ./file-->`, `<<< @/file`, `::include{file=name}`", taken: "the same"},
	{tools: "Python-Markdown, VitePress, GitLab", shape: "`[TOC]`, `[[toc]]`, `[[_TOC_]]`, alone in its paragraph", taken: "the table of contents"},
	{tools: "Pandoc, Obsidian", shape: "`^[footnote]`", taken: "a footnote"},
	{tools: "Pandoc", shape: "`x^2^`, `H~2~O`", taken: "raised, lowered"},
	{tools: "MkDocs, Logseq, Obsidian", shape: "`==marked==`, `^^inserted^^` (not in Obsidian)", taken: "marked, inserted, in their folders"},
	{tools: "Dendron", shape: "`[[Label\\|note]]`", taken: "a link; where only one side of the bar names a text, that is meant in any folder"},

	{tools: "GitBook", shape: "`{% hint style=\"info\" %}`", taken: "a callout", mark: "{%", find: regexp.MustCompile(`^(\s*)\{% hint(?: style="(\w+)")? %\}\s*$`), put: "${1}::: ${2}"},
	{mark: "{%", find: regexp.MustCompile(`^(\s*)\{% tab title="([^"]*)" %\}\s*$`), put: "${1}::: tab ${2}"},
	{mark: "{%", find: regexp.MustCompile(`^(\s*)\{% end(?:hint|tab) %\}\s*$`), put: "${1}:::"},
	{mark: "{%", find: regexp.MustCompile(`\{% (?:end)?tabs %\}`)},
	{tools: "Eleventy, Nunjucks, GitBook", shape: "`{% tag %}`, `{# comment #}`", taken: "left out, with a warning", mark: "{%",
		find: regexp.MustCompile(`\{%-?\s*(\w+)[^%]*(?:%[^}%]+)*%\}`), report: "the tag {% $1 %} is left out"},
	{mark: "{%", find: regexp.MustCompile(`\{%-?\s*(\w+).*$`), until: "%}", report: "the tag {% $1 %} is left out"},
	{mark: "{#", find: regexp.MustCompile(`\{#[ -].*?#\}`), makers: []string{"Eleventy"}},
	{tools: "mdBook", shape: "`{{#title}}` and others", taken: "left out, with a warning", mark: "{{#", find: regexp.MustCompile(`\{\{#(\w+)[^}]*\}\}`), report: "{{#$1}} is left out"},
	{tools: "Eleventy, VitePress, VuePress, MkDocs, Logseq", shape: "`{{ expression }}`", taken: "left out, with a warning, in their folders", mark: "{{",
		makers: []string{"Eleventy", "VitePress", "VuePress", "MkDocs", "Logseq"}, with: "{%", find: regexp.MustCompile(`\{\{[^<%{}][^{}]*\}\}`), report: "the expression $0 is left out"},

	{tools: "Docusaurus, Astro, Gatsby", shape: "`import`, `export`, `{/* comment */}`", taken: "left out, the first two with a warning", makers: jsMakers, mark: "import ",
		find: regexp.MustCompile(`^import\s.*(?:from\s+)?['"][^'"]+['"];?\s*$`), report: "a line of JavaScript is left out"},
	{makers: jsMakers, mark: "import ", find: regexp.MustCompile(`^import\s+\{[^}]*$`), until: "from", report: "a line of JavaScript is left out"},
	{makers: jsMakers, mark: "export ", find: regexp.MustCompile(`^export\s+(?:const|let|function|default|async|\{|\*).*[;}]\s*$`), report: "a line of JavaScript is left out"},
	{makers: jsMakers, mark: "export ", find: regexp.MustCompile(`^export\s+(?:const|let|function|default|async)\s.*$`), until: "}", report: "a line of JavaScript is left out"},
	{makers: jsMakers, mark: "{/*", find: regexp.MustCompile(`\{/\*.*?\*/\}`)},
	{makers: jsMakers, mark: "{/*", find: regexp.MustCompile(`\{/\*.*$`), until: "*/}"},
	{tools: "Docusaurus, VitePress, VuePress, Astro, Gatsby", shape: "`<Tabs>`, `<TabItem label=\"Go\">`", taken: "the text within, under the labels of tabs; other components are left out, with a warning",
		makers: componentMakers, mark: "<TabItem", find: regexp.MustCompile(`^\s*<TabItem\b[^>]*\blabel=["']([^"']*)["'][^>]*>\s*$`), put: "\n::: tab $1\n"},
	{makers: componentMakers, mark: "<TabItem", find: regexp.MustCompile(`^\s*<TabItem\b[^>]*\bvalue=["']([^"']*)["'][^>]*>\s*$`), put: "\n::: tab $1\n"},
	{makers: componentMakers, mark: "</TabItem", find: regexp.MustCompile(`^\s*</TabItem>\s*$`), put: "\n:::\n"},
	{makers: componentMakers, mark: "Tabs", find: regexp.MustCompile(`^\s*</?Tabs\b[^>]*>\s*$`)},
	{makers: componentMakers, mark: "<", find: regexp.MustCompile(`</?([A-Z]\w*[a-z]\w*(?:\.\w+)?)(?:\s[^<>]*)?>`), report: "the component $1 is left out, but not the text in it"},

	{tools: "Logseq", shape: "`key:: value`, `id::`, `:LOGBOOK:`, `SCHEDULED:`", taken: "left out, the first with a warning", makers: logseq, mark: "::",
		find: regexp.MustCompile(`^\s*(?:- )?(?:id|collapsed|heading):: .*$`)},
	{makers: logseq, mark: "::", find: regexp.MustCompile(`^\s*(?:- )?([\w-]+):: .*$`), report: "the property $1 is left out"},
	{makers: logseq, mark: ":LOGBOOK:", find: regexp.MustCompile(`^\s*:LOGBOOK:\s*$`), until: ":END:"},
	{makers: logseq, mark: "ED: <", find: regexp.MustCompile(`^\s*SCHEDULED: <.*$`)},
	{makers: logseq, mark: "NE: <", find: regexp.MustCompile(`^\s*DEADLINE: <.*$`)},
	{tools: "Logseq", shape: "`- TODO`, `- DOING`, `- DONE`", taken: "a task", makers: logseq, mark: "- ", find: regexp.MustCompile(`^(\s*)- (?:TODO|DOING|NOW|LATER|WAITING) `), put: "$1- [ ] "},
	{makers: logseq, mark: "- DONE", find: regexp.MustCompile(`^(\s*)- DONE `), put: "$1- [x] "},
	{tools: "Logseq", shape: "`((block))`", taken: "left out, with a warning", makers: logseq, mark: "((", find: regexp.MustCompile(`\(\([0-9a-f]{8}-[0-9a-f-]{27}\)\)`), report: "a reference to a block is left out"},

	{tools: "Pandoc", shape: "`[@key, p. 3]`", taken: "(key, p. 3), with a warning", mark: "@", find: regexp.MustCompile(`\[((?:[^][@]*\s)?-?)@(\w[^][]*)\]($|[^(\[:])`), put: "($1$2)$3", report: "of the citation $2 no list is made"},
	{tools: "Pandoc, Quarto, MkDocs", shape: "`[text]{.class}`, `{width=50%}` behind a picture, `{ .button }` behind a link", taken: "the text, picture or link; a warning names the attributes", mark: "]{",
		find: regexp.MustCompile(`(^|[^]!\\])\[([^][]+)\]` + attributeList), put: "$1$2", report: "the attributes {$3} are left out"},
	{mark: "){", find: regexp.MustCompile(`(\]\([^()]*\))` + attributeList), put: "$1", report: "the attributes {$2} are left out"},
	{mark: "]{", find: regexp.MustCompile(`(\]\[[^][]*\])` + attributeList), put: "$1", report: "the attributes {$2} are left out"},
	{tools: "Pandoc", shape: "lines that begin with a bar", taken: "lines of a poem"},
	{tools: "Pandoc", shape: "`% Title` in the first line, blocks of `{=latex}`", taken: "left out, the blocks shown as they are, both with a warning"},
	{tools: "Pandoc", shape: "`+---+---+` tables", taken: "a block of text, with a warning"},
	{tools: "MkDocs, Pandoc", shape: "`*[HTML]: Hypertext`", taken: "left out, with a warning", mark: "*[", find: regexp.MustCompile(`^\*\[([^\]]+)\]:.*$`), report: "the abbreviation $1 is not explained"},
	{tools: "MkDocs", shape: "`:material-check:`, `++ctrl+c++`", taken: "left out, with a warning; keys", makers: []string{"MkDocs"}, mark: ":", find: regexp.MustCompile(`:((?:material|fontawesome|octicons|simple)-[a-z0-9-]+):(?:\{[^{}]*\})?`), report: "the icon $1 is left out"},
	{makers: []string{"MkDocs"}, mark: "++", find: regexp.MustCompile(`\+\+([a-z0-9]+(?:[+-][a-z0-9]+)*)\+\+`), put: "`$1`"},
	{tools: "GitHub", shape: "``$`x`$``", taken: "a formula, also where nothing says `math`"},
	{tools: "GitHub, Pandoc", shape: "`$$` where nothing says `math`", taken: "shown as it is, with a warning", mark: "$$", find: regexp.MustCompile(`^\s*\$\$.*$`), shown: true, report: "$$$$ is text here, and math = true makes a formula of what it begins"},
}

// attributeList is one of Pandoc's.
const attributeList = `\{:?\s*((?:[.#][\w-]+|[\w-]+=(?:"[^"]*"|[^\s"}]+))(?:\s+(?:[.#][\w-]+|[\w-]+=(?:"[^"]*"|[^\s"}]+)))*)\s*\}`

var (
	jsMakers        = []string{"Docusaurus", "Astro", "Gatsby"}
	componentMakers = []string{"Docusaurus", "VitePress", "VuePress", "Astro", "Gatsby"}
	logseq          = []string{"Logseq"}
)

// citedLink is the definition of a link such as [@name], which is no citation.
var citedLink = regexp.MustCompile(`(?m)^\[@[^]]+\]:`)

// A textLine is a line of a text while notations are replaced in it.
type textLine struct {
	text  []byte // without its end
	prose []byte // the same with blanks for code; nil in a block of code
	line  int    // of the file
	gone  bool   // nothing is left of it
}

// notations replaces them in a text, before Markdown is read.
func (c *conversion) notations(text []byte) []byte {
	lines := c.include(text)
	active := c.activeNotations(text, lines != nil)
	if lines == nil && len(active) == 0 && !bytes.Contains(text, inlineNote) && !hasVerse(text) && !bytes.Contains(text, []byte("+--")) && !bytes.HasPrefix(text, []byte("% ")) {
		return text
	}
	if lines == nil {
		lines = cutLines(text, c.lines.first)
	}
	markProse(lines)
	if len(lines) > 0 && bytes.HasPrefix(lines[0].prose, []byte("% ")) {
		c.warn(c.problemIn(lines[0].line, "a block of title and authors is left out", "write a front matter with them"))
		for i := 0; i < len(lines) && bytes.HasPrefix(lines[i].prose, []byte("% ")); i++ {
			lines[i].text, lines[i].prose = nil, []byte{}
		}
	}
	for i := range lines {
		for _, n := range active {
			if lines[i].prose != nil && !lines[i].gone && bytes.Contains(lines[i].prose, []byte(n.mark)) {
				c.replaceNotation(n, lines, i)
			}
		}
	}
	versify(lines)
	return c.joinLines(inlineNotes(c.fenceGrids(lines)))
}

// activeNotations are those that the text may have; all where it has others in it.
func (c *conversion) activeNotations(text []byte, all bool) (active []*notation) {
	for i := range notations {
		n := &notations[i]
		if n.mark == "" || n.makers != nil && !c.blog.dialect.madeBy(n.makers...) && (n.with == "" || !bytes.Contains(text, []byte(n.with))) || !all && !bytes.Contains(text, []byte(n.mark)) {
			continue
		}
		if n.mark == "$$" && (c.blog.mathOf(c.post).Dollars || c.post.math != nil) {
			continue
		}
		if n.mark == "@" && citedLink.Match(text) {
			continue
		}
		active = append(active, n)
	}
	return active
}

// replaceNotation replaces all of one in a line, and what it goes on with below.
func (c *conversion) replaceNotation(n *notation, lines []textLine, i int) {
	l := &lines[i]
	matches := n.find.FindAllSubmatchIndex(l.prose, -1)
	last := i
	if n.until != "" && matches != nil {
		last = endOf(lines, i, n.until)
	}
	if matches == nil || last < 0 {
		return
	}
	var out, prose []byte
	at := 0
	for _, m := range matches {
		if m[0] > 0 && l.prose[m[0]-1] == '\\' {
			continue
		}
		if n.report != "" {
			w := c.problemIn(l.line, string(n.find.Expand(nil, []byte(n.report), l.text, m)), "")
			w.group = w.What
			c.warn(w)
		}
		put := l.text[m[0]:m[1]]
		if !n.shown {
			put = n.find.Expand(nil, []byte(n.put), l.text, m)
		}
		out = append(append(out, l.text[at:m[0]]...), put...)
		prose = append(append(prose, l.prose[at:m[0]]...), put...)
		at = m[1]
	}
	if at == 0 {
		return
	}
	l.text, l.prose = append(out, l.text[at:]...), append(prose, l.prose[at:]...)
	l.gone = len(bytes.TrimSpace(l.text)) == 0
	for ; i < last; i++ {
		lines[i+1].gone = true
	}
	if n.until != "" {
		_, rest, _ := bytes.Cut(lines[last].text, []byte(n.until))
		if n.until == "from" {
			rest = nil
		}
		lines[last].text, lines[last].prose, lines[last].gone = rest, rest, len(bytes.TrimSpace(rest)) == 0
	}
}

// maxNotation is how many lines a notation may go over.
const maxNotation = 100

// endOf is the line below one that has the end of a notation, or -1: then it is none,
// for what would be left out is the rest of the text.
func endOf(lines []textLine, i int, end string) int {
	for j := i + 1; j < min(len(lines), i+maxNotation); j++ {
		if bytes.Contains(lines[j].text, []byte(end)) {
			return j
		}
	}
	return -1
}

// cutLines cuts a text into its lines, of which the first has a number.
func cutLines(text []byte, first int) (lines []textLine) {
	for line := range bytes.SplitSeq(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		lines = append(lines, textLine{text: line, line: first + len(lines)})
	}
	return lines
}

// joinLines makes a text of lines again, and notes which line of the file each is.
func (c *conversion) joinLines(lines []textLine) []byte {
	var out []byte
	c.lines.origin = make([]int, 0, len(lines)+1)
	for _, l := range lines {
		if l.gone {
			continue
		}
		out = append(append(out, l.text...), '\n')
		for range bytes.Count(l.text, []byte("\n")) + 1 {
			c.lines.origin = append(c.lines.origin, l.line)
		}
	}
	return out
}
