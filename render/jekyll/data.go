package jekyll

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxData bounds the files of _data, in bytes.
const MaxData = 16 << 20

// ReadData reads the files of a folder of data: YAML, JSON, CSV and TSV, each under
// its name without the ending, those of folders below in tables of that name. Digest
// is given all that is read. Files of other forms are noted.
func ReadData(fsys fs.FS, dir string, digest func(name string, data []byte)) (values map[string]any, notes []Note, err error) {
	values = map[string]any{}
	left := int64(MaxData)
	err = fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if left -= info.Size(); left < 0 {
			return &Error{name, 1, fmt.Sprintf("the files of %s have more than %d MiB", dir, MaxData>>20)}
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		value, known, err := decodeData(name, data)
		if err != nil {
			return err
		}
		if !known {
			notes = append(notes, Note{File: name, What: "left out: data is read from YAML, JSON, CSV and TSV"})
			return nil
		}
		digest(name, data)
		put(values, strings.TrimPrefix(name, dir+"/"), value)
		return nil
	})
	return values, notes, err
}

// put places a value in the table of its folder.
func put(values map[string]any, name string, value any) {
	for {
		folder, rest, ok := strings.Cut(name, "/")
		if !ok {
			break
		}
		below, isTable := values[folder].(map[string]any)
		if !isTable {
			below = map[string]any{}
			values[folder] = below
		}
		values, name = below, rest
	}
	values[strings.TrimSuffix(name, path.Ext(name))] = value
}

func decodeData(name string, data []byte) (value any, known bool, err error) {
	defer func() {
		if recover() != nil { // a decoder must never take the build down
			err = &Error{name, 1, "it is malformed"}
		}
	}()
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch path.Ext(name) {
	case ".yml", ".yaml":
		if err = yaml.Unmarshal(data, &value); err != nil {
			return nil, true, yamlError(name, err)
		}
	case ".json":
		if err = json.Unmarshal(data, &value); err != nil {
			return nil, true, &Error{name, 1, err.Error()}
		}
	case ".csv", ".tsv":
		value, err = rows(name, data)
	default:
		return nil, false, nil
	}
	return value, true, err
}

// rows are the lines of a CSV file as tables by its first line.
func rows(name string, data []byte) (any, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	if path.Ext(name) == ".tsv" {
		r.Comma = '\t'
	}
	all, err := r.ReadAll()
	if err != nil {
		line := 1
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			line = wrong.Line
		}
		return nil, &Error{name, line, err.Error()}
	}
	list := []any{}
	for i := 1; i < len(all); i++ {
		row := map[string]any{}
		for n, key := range all[0] {
			if n < len(all[i]) {
				row[key] = all[i][n]
			}
		}
		list = append(list, row)
	}
	return list, nil
}
