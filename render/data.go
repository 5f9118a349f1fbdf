package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"

	"icecap/render/jekyll"
)

// What data files may have: templates loop over lists that a person keeps, not over
// a database.
const (
	maxDataFile  = 4 << 20  // bytes of one
	maxDataAll   = 16 << 20 // bytes of all
	maxDataDepth = 100      // lists and tables in one another
)

// data is what the data files say: a table by the names of files and folders, with
// tables, lists, texts, numbers, booleans and times in it. Of a Jekyll folder the
// tables in a file are those of [liquid.Table].
type data struct {
	values   map[string]any
	liquid   func() any        // them for Liquid, made once
	sum      [sha256.Size]byte // of all that was read
	warnings Problems
}

// plain is all of it for templates of the theme, which know no order.
func (d data) plain() map[string]any {
	values, _ := jekyll.Plain(d.values).(map[string]any)
	return values
}

// readData reads the data files, if anything can show them: a template of the site's
// own theme that names .Data, or Liquid.
func (s *Snapshot) readData() error {
	s.data = data{}
	if l := s.dialect.layouts; !s.theme.UsesData() && s.dialect.tool != "Jekyll" && (l == nil || !l.usesData) {
		if info, err := fs.Stat(s.folder.FS, s.dialect.data); err == nil && info.IsDir() {
			s.data.warnings = Problems{{File: s.dialect.data, What: "its data files are shown nowhere: no template of the theme names .Data"}}
		}
		return nil
	}
	r := dataReader{snapshot: s, values: map[string]any{}, from: map[string]string{}, all: sha256.New()}
	err := fs.WalkDir(s.folder.FS, s.dialect.data, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return fmt.Errorf("read the data files: %w", err)
		case path.Base(name)[0] == '.' && entry.IsDir():
			return fs.SkipDir
		case entry.IsDir() || path.Base(name)[0] == '.':
			return nil
		}
		return r.file(name, entry)
	})
	if err != nil {
		return err
	}
	if len(r.problems) > 0 {
		return r.problems
	}
	s.data.values = r.values
	s.data.liquid = sync.OnceValue(func() any { return liquidValue(r.values, s.zone) })
	copy(s.data.sum[:], r.all.Sum(nil))
	return nil
}

// A dataReader collects the files.
type dataReader struct {
	snapshot *Snapshot
	values   map[string]any
	from     map[string]string // file by its name without the ending
	size     int
	all      hash.Hash
	problems Problems
}

// file reads one file.
func (r *dataReader) file(name string, entry fs.DirEntry) error {
	wrong := func(line int, what, hint, excerpt string) {
		r.problems = append(r.problems, Problem{File: name, Line: line, What: what, Hint: hint, Excerpt: excerpt})
	}
	decode := dataFormats[strings.ToLower(path.Ext(name))]
	switch {
	case !entry.Type().IsRegular():
		wrong(0, "it is a symbolic link, or no file", "put a copy of the file there", "")
		return nil
	case decode == nil:
		if !isMarkdown(name) { // a README
			r.snapshot.data.warnings = append(r.snapshot.data.warnings, Problem{File: name, What: "left out: data is read from YAML, TOML, JSON, CSV and TSV"})
		}
		return nil
	}
	text, err := readLimited(r.snapshot.folder.FS, name, maxDataFile)
	switch {
	case errors.Is(err, errTooLong) || err == nil && r.size+len(text) > maxDataAll:
		wrong(0, fmt.Sprintf("a data file has at most %d MiB, and all together %d MiB", maxDataFile>>20, maxDataAll>>20), "take out what no template shows", "")
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return nil // deleted since the folder was read
	case err != nil:
		return fmt.Errorf("read %s: %w", name, err)
	}
	r.size += len(text)
	fmt.Fprintf(r.all, "%q %d ", name, len(text))
	_, _ = r.all.Write(text)
	value, problem := decodeData(decode, bytes.TrimPrefix(text, utf8BOM), r.snapshot.dialect.tool)
	if problem != nil {
		wrong(problem.line, problem.err.Error(), "", excerpt(text, problem.line))
		return nil
	}
	if r.snapshot.dialect.tool == "Jekyll" {
		value = jekyll.Ordered(text, value)
	}
	switch other := r.put(name, value); {
	case other == "":
	case r.snapshot.dialect.tool == "Jekyll":
		r.snapshot.data.warnings = append(r.snapshot.data.warnings, Problem{File: name, What: fmt.Sprintf("left out: its data has the same name as that of %s", other)})
	default:
		wrong(0, fmt.Sprintf("its data has the same name as that of %s", other), "rename one of them", "")
	}
	return nil
}

// put gives the value of a file its place. The other file is one that has it.
func (r *dataReader) put(name string, value any) (other string) {
	below := strings.TrimPrefix(name, r.snapshot.dialect.data+"/")
	table := r.values
	key, at := "", ""
	parts := strings.Split(strings.TrimSuffix(below, path.Ext(below)), "/")
	for i, part := range parts {
		if r.snapshot.dialect.tool == "Jekyll" {
			part = jekyll.DataName(part)
		}
		key = part
		at = path.Join(at, part)
		if i == len(parts)-1 {
			break
		}
		if r.from[at] != "" {
			return r.from[at]
		}
		next, ok := table[part].(map[string]any)
		if !ok {
			next = map[string]any{}
			table[part] = next
		}
		table = next
	}
	if _, taken := table[key]; taken {
		if other = r.from[at]; other == "" {
			other = "the folder " + path.Join(r.snapshot.dialect.data, at)
		}
		return other
	}
	table[key], r.from[at] = value, name
	return ""
}

// dataFormats decode a file by its ending; jekyll says that the first line of a table
// has the names of its columns, as in that tool.
var dataFormats = map[string]func(text []byte, jekyll bool) (any, error){
	".yaml": decodeYAML, ".yml": decodeYAML,
	".toml": func(text []byte, _ bool) (any, error) {
		var value map[string]any
		return value, toml.Unmarshal(text, &value)
	},
	".json": func(text []byte, _ bool) (any, error) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var value any
		err := decoder.Decode(&value)
		if err == nil && decoder.More() {
			err = errors.New("something follows the end of the value")
		}
		return value, err
	},
	".csv": func(text []byte, jekyll bool) (any, error) { return decodeTable(text, ',', jekyll) },
	".tsv": func(text []byte, jekyll bool) (any, error) { return decodeTable(text, '\t', jekyll) },
}

func decodeYAML(text []byte, asRuby bool) (any, error) {
	if asRuby {
		return jekyll.DecodeYAML(text)
	}
	var value any
	err := yaml.Unmarshal(text, &value)
	return value, err
}

// decodeTable reads rows: lists of cells, or tables by the names in the first row.
func decodeTable(text []byte, comma rune, named bool) (any, error) {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = comma, -1, named
	records, err := reader.ReadAll()
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for i, record := range records {
		switch {
		case !named:
			row := make([]any, len(record))
			for j, cell := range record {
				row[j] = cell
			}
			rows = append(rows, row)
		case i > 0:
			row := map[string]any{}
			for j, cell := range record[:min(len(record), len(records[0]))] {
				if row[records[0][j]] = any(cell); cell == "" {
					row[records[0][j]] = nil // as Ruby has an empty cell
				}
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// decodeData decodes a file into the few kinds of values that templates see. A decoder
// must never take the build down.
func decodeData(decode func([]byte, bool) (any, error), text []byte, tool string) (value any, problem *lineError) {
	defer func() {
		if recover() != nil {
			value, problem = nil, &lineError{0, errors.New("read data: it is malformed")}
		}
	}()
	raw, err := decode(text, tool == "Jekyll")
	if err == nil {
		value, err = plainValue(raw, 0)
	}
	if err == nil {
		return value, nil
	}
	var syntax *json.SyntaxError
	var rows *csv.ParseError
	switch {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(text[:min(len(text), int(syntax.Offset))], []byte("\n"))
		return nil, &lineError{line, fmt.Errorf("read data: %w", err)}
	case errors.As(err, &rows):
		return nil, &lineError{rows.Line, fmt.Errorf("read data: %w", rows.Err)}
	}
	problem = frontMatter{line: 1}.explain(err)
	problem.err = errors.New(strings.Replace(problem.err.Error(), "the front matter", "data", 1))
	return nil, problem
}

var errTooDeep = fmt.Errorf("lists and tables lie in one another more than %d deep", maxDataDepth)

// plainValue turns what the decoders give into plain values.
func plainValue(value any, depth int) (any, error) {
	if depth > maxDataDepth {
		return nil, errTooDeep
	}
	var err error
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			if v[key], err = plainValue(item, depth+1); err != nil {
				return nil, err
			}
		}
	case map[any]any: // YAML's keys may be numbers
		table := make(map[string]any, len(v))
		for key, item := range v {
			if table[fmt.Sprint(key)], err = plainValue(item, depth+1); err != nil {
				return nil, err
			}
		}
		return table, nil
	case []any:
		for i := range v {
			if v[i], err = plainValue(v[i], depth+1); err != nil {
				return nil, err
			}
		}
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n, nil
		}
		return v.Float64()
	case int64:
		return int(v), nil
	case uint64:
		return float64(v), nil
	case toml.LocalDate:
		return v.AsTime(time.UTC), nil
	case toml.LocalDateTime:
		return v.AsTime(time.UTC), nil
	case toml.LocalTime:
		return v.String(), nil
	}
	return value, nil
}
