package hugo

import (
	"maps"
	"slices"
	"strings"
)

// followed are the keys of the configuration that count here, or that cannot make a
// difference to the pages: how Hugo itself works, what it prints, where it keeps
// its files. A name with a dot is a key of a table; "x.*" is a whole table.
var followed = strings.Fields(`
	baseurl title copyright languagecode locale defaultcontentlanguage defaultcontentlanguageinsubdir disabledefaultlanguageredirect disablelanguages
	menu menu.* menus menus.* sectionpagesmenu
	timezone params.* contentdir staticdir staticdir0 staticdir1 staticdir2 staticdir3 staticdir4 staticdir5 staticdir6 staticdir7 staticdir8 staticdir9 staticdir10
	datadir layoutdir archetypedir assetdir i18ndir themesdir publishdir resourcedir cachedir ignorefiles
	taxonomies.* indexes.* permalinks permalinks.* disablepathtolower removepathaccents uglyurls uglyurls.* disablekinds disablealiases
	paginate paginatepath pagination.pagersize pagination.path pagination.disablealiases rsslimit services.rss.limit outputs.* outputformats.* mediatypes.*
	builddrafts buildfuture buildexpired frontmatter.* cascade cascade.* summarylength hascjklanguage enableemoji
	capitalizelisttitles pluralizelisttitles
	markup.defaultmarkdownhandler markup.goldmark.renderer.unsafe markup.goldmark.renderer.hardwraps markup.goldmark.renderer.xhtml
	markup.goldmark.parser.autoheadingid markup.goldmark.parser.autodefinitiontermid markup.goldmark.parser.autoidtype markup.goldmark.parser.autoheadingidtype
	markup.goldmark.parser.attribute.* markup.goldmark.parser.wrapstandaloneimagewithinparagraph markup.goldmark.duplicateresourcefiles
	markup.goldmark.extensions.typographer.* markup.goldmark.extensions.footnote markup.goldmark.extensions.footnote.enable markup.goldmark.extensions.footnote.backlinkhtml
	markup.goldmark.extensions.extras.*
	markup.goldmark.extensions.definitionlist markup.goldmark.extensions.table markup.goldmark.extensions.strikethrough markup.goldmark.extensions.linkify
	markup.goldmark.extensions.tasklist markup.goldmark.extensions.cjk.* markup.goldmark.extensions.passthrough.* markup.highlight.style markup.highlight.codefences markup.highlight.guesssyntax markup.highlight.noclasses markup.highlight.tabwidth
	markup.highlight.linenumbersintable markup.highlight.linenostart markup.highlight.anchorlinenos markup.highlight.lineanchors markup.highlight.nohl markup.highlight.wrapperclass markup.tableofcontents.*
	module.mounts module.hugoversion.* enablerobotstxt
	environment buildcachedir build.* caches.* httpcache.* cleandestinationdir clock disablefastrender disablehugogeneratorinject disablelivereload
	enablegitinfo ignorecache ignorelogs ignorewarnings ignoreerrors ignorevendorpaths loglevel logi18nwarnings logpathwarnings newcontenteditor noblocktimes nobuildlock nochmod notimes
	panicOnwarning printi18nwarnings printpathwarnings printunusedtemplates quiet rendertodisk rendersegments segments.* server.* templatemetrics templatemetricshints timeout
	verbose verboselog watch debug security.* minify minify.* deployment.* imaging.* refLinksErrorLevel refLinksNotFoundURL privacy.* disablehugoversion titlecasestyle
	enablemissingtranslationplaceholders enableinlineshortcodes sitemap.changefreq sitemap.priority sitemap.filename sitemap.disable
`)

// followedInLanguage are those of one of its languages.
var followedInLanguage = strings.Fields(`weight title languagename label languagecode locale languagedirection direction disabled contentdir
	params.* menu menu.* menus menus.* copyright`)

// ignored lists what is said and not followed.
func ignored(all values) (keys []string) {
	walk := func(prefix string, table values) {}
	walk = func(prefix string, table values) {
		for _, key := range slices.Sorted(maps.Keys(table)) {
			name := prefix + key
			below, isTable := table[key].(values)
			switch {
			case prefix == "languages." && isTable, name == "languages":
				walk(name+".", below)
			case isTable && hasFollowedBelow(name):
				walk(name+".", below)
			case isFollowed(name):
			case isTable && len(below) == 0, table[key] == nil, table[key] == false, table[key] == "":
				// It says nothing.
			default:
				keys = append(keys, name)
			}
		}
	}
	walk("", all)
	return keys
}

func isFollowed(name string) bool {
	list := followed
	if in, ok := strings.CutPrefix(name, "languages."); ok {
		list = followedInLanguage
		_, name, _ = strings.Cut(in, ".")
	}
	return slices.ContainsFunc(list, func(known string) bool {
		known = strings.ToLower(known)
		table, whole := strings.CutSuffix(known, ".*")
		return known == name || whole && (name == table || strings.HasPrefix(name, table+"."))
	})
}

func hasFollowedBelow(name string) bool {
	return slices.ContainsFunc(followed, func(known string) bool { return strings.HasPrefix(known, name+".") })
}
