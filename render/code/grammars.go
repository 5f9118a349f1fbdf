package code

import "strings"

// grammars are the languages that are scanned, by each name that a code block may give.
var grammars = indexGrammars()

func indexGrammars() map[string]*grammar {
	index := map[string]*grammar{}
	for names, g := range map[string]*grammar{
		"go golang":               goGrammar,
		"python py python3":       pythonGrammar,
		"js javascript mjs":       scriptGrammar("", ""),
		"ts typescript":           scriptGrammar(typeScriptWords, "any bigint boolean never number object string symbol unknown"),
		"sh bash shell zsh":       shellGrammar,
		"json":                    jsonGrammar,
		"c h":                     cGrammar(cWords, cTypes),
		"cpp c++ cc hpp":          cGrammar(cWords+cppWords, cTypes),
		"java":                    cGrammar(javaWords, javaTypes),
		"rust rs":                 rustGrammar,
		"sql mysql postgres psql": sqlGrammar,
	} {
		for name := range strings.FieldsSeq(names) {
			index[name] = g
		}
	}
	return index
}

// classes maps the words of each text to the class before it.
func classes(pairs ...string) map[string]string {
	words := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		for word := range strings.FieldsSeq(pairs[i+1]) {
			words[word] = pairs[i]
		}
	}
	return words
}

var goGrammar = &grammar{
	words: classes(
		"k", "break case continue default defer else fallthrough for go goto if range return select switch",
		"kd", "chan const func interface map struct type var",
		"kn", "package import",
		"kc", "true false iota nil",
		"kt", "bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr any comparable",
		"nb", "append cap clear close complex copy delete imag len make max min new panic print println real recover"),
	line: "//", block: true, raw: "`", multi: "`", strings: map[byte]string{'"': "s", '`': "s", '\'': "sc"},
}

var pythonGrammar = &grammar{
	words: classes(
		"k", "assert async await break class continue def del elif else except finally for global if lambda nonlocal pass raise return try while with yield match case",
		"kn", "from import as",
		"ow", "and in is not or",
		"kc", "True False None",
		"nb", "abs all any bool bytes callable chr dict dir divmod enumerate eval exec filter float format frozenset getattr hasattr hash hex id input int isinstance issubclass iter len list map max min next object open ord pow print property range repr reversed round set setattr slice sorted staticmethod classmethod str sum super tuple type vars zip",
		"bp", "self cls"),
	line: "#", triple: true, strings: map[byte]string{'"': "s2", '\'': "s1"},
}

const typeScriptWords = " abstract declare enum implements interface keyof namespace private protected public readonly type is infer satisfies"

func scriptGrammar(more, types string) *grammar {
	return &grammar{
		words: classes(
			"k", "async await break case catch continue debugger default delete do else export extends finally for from if import in instanceof new of return static super switch this throw try typeof void while with yield get set as"+more,
			"kd", "const let var function class",
			"kt", types,
			"kc", "true false null undefined NaN Infinity",
			"nb", "Array Boolean Date Error JSON Map Math Number Object Promise Proxy Reflect RegExp Set String Symbol WeakMap WeakSet console document window globalThis"),
		line: "//", block: true, multi: "`", nested: true, regexp: true, names: "$",
		strings: map[byte]string{'"': "s2", '\'': "s1", '`': "sb"},
	}
}

var shellGrammar = &grammar{
	words: classes(
		"k", "case do done elif else esac fi for function if in select then until while time return",
		"nb", "alias bg break builtin cd command continue declare echo eval exec exit export false fg getopts hash kill let local printf pwd read readonly set shift source test trap true type ulimit umask unalias unset wait"),
	line: "#", variable: true, raw: "'", multi: "\"'`", names: "-", strings: map[byte]string{'"': "s2", '\'': "s1", '`': "sb"},
}

var jsonGrammar = &grammar{words: classes("kc", "true false null"), keys: true, strings: map[byte]string{'"': "s2"}}

const (
	cWords    = "break case const continue default do else enum extern for goto if inline register restrict return sizeof static struct switch typedef union volatile while"
	cTypes    = "auto bool char double float int long short signed unsigned void size_t ssize_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t"
	cppWords  = " catch class constexpr consteval decltype delete explicit export friend mutable namespace new noexcept operator override private protected public static_assert static_cast dynamic_cast reinterpret_cast template this throw try typename using virtual co_await co_return co_yield concept requires"
	javaWords = "abstract assert break case catch class continue default do else enum extends final finally for goto if implements import instanceof interface native new package private protected public record return sealed static strictfp super switch synchronized this throw throws transient try volatile while yield"
	javaTypes = "boolean byte char double float int long short void var"
)

func cGrammar(words, types string) *grammar {
	return &grammar{
		words: classes("k", words, "kt", types, "kc", "true false null NULL nullptr"),
		line:  "//", block: true, macro: true, strings: map[byte]string{'"': "s", '\'': "sc"},
	}
}

var rustGrammar = &grammar{
	words: classes(
		"k", "as async await break const continue crate dyn else enum extern fn for if impl in loop match mod move mut pub ref return self Self static struct super trait type union unsafe use where while let",
		"kc", "true false",
		"kt", "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize String Vec Option Result Box",
		"nb", "Some None Ok Err"),
	line: "//", block: true, lifetime: true, multi: "\"", strings: map[byte]string{'"': "s", '\'': "sc"},
}

var sqlGrammar = sql()

func sql() *grammar {
	const words = "add all alter and as asc begin between by cascade case check column commit constraint create cross database default delete desc distinct drop else end except exists explain foreign from full group having if in index inner insert intersect into is join key left like limit not null offset on or order outer primary references returning right rollback select set table then transaction trigger truncate union unique update using values view when where with analyze"
	const types = "bigint boolean char date decimal double float int integer json jsonb numeric real serial smallint text time timestamp timestamptz uuid varchar"
	return &grammar{
		words: classes("k", words+" "+strings.ToUpper(words), "kt", types+" "+strings.ToUpper(types), "kc", "true false TRUE FALSE"),
		line:  "--", block: true, multi: "'", strings: map[byte]string{'\'': "s1", '"': "nv"},
	}
}
