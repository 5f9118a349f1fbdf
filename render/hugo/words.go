package hugo

import "io/fs"

// wordsDir has a file of words for each language.
const wordsDir = "i18n"

// readWords reads the words of a language by their names, in lower case: a text, or a
// table with its plural forms. Of plural forms it is that
// for many. They only name entries of menus, so a file that cannot be read has none.
func readWords(fsys fs.FS, language string) map[string]string {
	words := map[string]string{}
	for _, ext := range []string{".toml", ".yaml", ".yml", ".json"} {
		file := wordsDir + "/" + language + ext
		table, err := readFile(fsys, file)
		if err != nil {
			continue
		}
		for id := range table {
			if text := table.text(id); text != "" {
				words[id] = text
			} else if text := table.table(id).text("other"); text != "" {
				words[id] = text
			}
		}
	}
	return words
}
