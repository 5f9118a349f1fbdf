package jekyll

import (
	"maps"
	"slices"

	"icecap/render/liquid"
)

// defaultExcludes are left out of every site.
var defaultExcludes = []string{
	".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "Gemfile.lock", "node_modules", "vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/",
}

// defaultValues are Jekyll's own, of keys that Liquid may ask for.
var defaultValues = map[string]any{
	"collections_dir": "", "cache_dir": ".jekyll-cache", "plugins_dir": "_plugins", "layouts_dir": "_layouts", "data_dir": "_data", "includes_dir": "_includes",
	"safe": false, "include": []any{".htaccess"}, "keep_files": []any{".git", ".svn"}, "encoding": "utf-8", "markdown_ext": "markdown,mkdown,mkdn,mkd,md",
	"strict_front_matter": false, "limit_posts": 0, "future": false, "unpublished": false, "whitelist": []any{}, "plugins": []any{}, "markdown": "kramdown",
	"highlighter": "rouge", "lsi": false, "excerpt_separator": "\n\n", "incremental": false, "detach": false, "port": "4000", "host": "127.0.0.1",
	"show_dir_listing": false, "permalink": "date", "paginate_path": "/page:num", "quiet": false, "verbose": false,
}

// defaultKramdown are those below the key kramdown.
var defaultKramdown = map[string]any{
	"auto_ids": true, "toc_levels": []any{1, 2, 3, 4, 5, 6}, "entity_output": "as_char", "smart_quotes": "lsquo,rsquo,ldquo,rdquo", "input": "GFM", "hard_wrap": false,
	"guess_lang": true, "footnote_nr": 1, "show_warnings": false, "syntax_highlighter": "rouge", "syntax_highlighter_opts": map[string]any{"guess_lang": true},
}

// withDefaults are the values of a configuration, and Jekyll's own for keys that it
// lacks.
func withDefaults(values map[string]any) map[string]any {
	all := maps.Clone(defaultValues)
	maps.Copy(all, values)
	kramdown := maps.Clone(defaultKramdown)
	switch own := values["kramdown"].(type) {
	case map[string]any:
		maps.Copy(kramdown, own)
	case *liquid.Table:
		maps.Copy(kramdown, own.Values)
	}
	all["kramdown"] = kramdown
	exclude, _ := values["exclude"].([]any)
	exclude = slices.Clone(exclude)
	for _, name := range defaultExcludes {
		if !slices.Contains(exclude, any(name)) {
			exclude = append(exclude, name)
		}
	}
	all["exclude"] = exclude
	return all
}

// collectionOrder are the names of the collections, without the posts, as they stand in
// the file.
func collectionOrder(value any) (names []string) {
	switch v := value.(type) {
	case *liquid.Table:
		names = slices.Clone(v.Keys)
	case map[string]any:
		names = slices.Sorted(maps.Keys(v))
	default:
		names = texts(value)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "posts" })
}
