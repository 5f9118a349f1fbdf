// Package liquid runs templates in Liquid, the language of Jekyll's pages, as far
// as texts need it: variables and filters; assign, capture, if, unless, case, for,
// tablerow, cycle, increment, decrement, ifchanged, echo, liquid, comments and raw; and
// Jekyll's include, include_relative, include_cached, highlight, link, post_url and
// gist, for which the host stands in (see [Host]). The tags of jekyll-seo-tag and
// jekyll-feed, which fill the head of a page, are known and say nothing.
//
// Everything else, be it a tag or a filter, unless the host brings it ([Manners]), is an
// [Error] with its file and line, and never reaches a page. With [Host].Lenient it is left out, and the text
// between stays.
//
// A variable that is not there is empty, as in Jekyll, and so is what a filter
// makes of a value that it has no use for.
//
// # Limits
//
// A template is other people's text, and may be hostile. It can neither read a
// file nor know the time, and it ends: after [MaxSteps] steps, with [MaxOutput]
// bytes, at blocks [MaxDepth] and includes [MaxIncludes] deep. Each limit is an
// Error. The same template and values give the same bytes.
//
// The rules are those of Shopify's Liquid 5 with the filters of Jekyll 4.3, both
// as their documentation has them, and where that is silent as the programs do.
package liquid
