// Package kramdown makes goldmark read kramdown, the Markdown of Jekyll, as kramdown 2.4
// does (kramdown.gettalong.org) with the inputs kramdown and GFM. Where its documentation
// is silent its behaviour has been taken over; a page full of all this is compared with
// Jekyll's, element by element, in TestLikeJekyll of package render.
//
// # Blocks
//
// For goldmark a whole text is one block ([Dialect.Extend]): this package reads the blocks
// in it by kramdown's rules and gives goldmark its own nodes, whose lines it then reads for
// links, emphasis and the like. A block with others in it (a quotation, an item of a list)
// has a source of its own, the lines of the file without what belongs to it, so that what
// stands in it is read as if it stood alone. Each line is tried for, in this order:
//
//   - an empty line; code, indented by four spaces or a tab, with lines behind it that are
//     not; code between fences (GFM: "```" and "~~~", else "~~~" alone), which is none
//     without an end
//   - a quotation, whose lines go on up to an empty one; a heading with "#", or underlined;
//     a rule; a list, whose items end where no line is indented as far as their text or
//     follows right behind; definitions (":" below a paragraph, whose lines are the terms)
//   - HTML: an element that is no part of a line is passed on up to its end tag, whatever
//     lines in it are empty. With markdown="1", "block" or "span" its contents are Markdown,
//     also within an element that is passed on; {::options parse_block_html="true"/} asks
//     for that everywhere. An element without an end tag is closed where its text ends, an
//     end tag without an element is text
//   - a formula ($$ alone); a table: rows with "|", a rule below the head ("|---|:-:|"),
//     rules between bodies, one of "=" above the foot, none of them asked for
//   - "[^1]: note", "[label]: address", "*[HTML]: long form"; {:name: .class}, {: .class #id
//     key="value"} below a block, or above one, {::comment}, {::nomarkdown}, {::options};
//     "^", which ends the block above
//   - text. It goes on up to an empty line, {: ...}, an element of HTML, or "^"; with GFM also
//     up to a list, a heading, a quotation and a fence
//
// Headings that are underlined, tables and formulas want an empty line, or "^", above them,
// the last two also below.
//
// # Within lines
//
// Emphasis goes by the space beside its signs, not by punctuation; a sign looks for its end
// before those around it do. Code goes up to the next as many backticks. An address of a
// link may have spaces. Of HTML what kramdown shows is shown: tags of blocks, end tags of
// nothing, values without quotes that are no words; elements that are no part of kramdown's
// lists, and <code>, <kbd> and the like, have no Markdown in them. {: .class} stands behind
// the part that it belongs to, also a tag. Two backslashes, two spaces, and with GFM one
// backslash end a line; a backslash before a sign that means nothing stays.
//
// # Left out
//
// {:standalone} pictures, {:footnotes} for the place of the notes, ids of terms,
// instructions (<?xml ?>) and sections (<![CDATA[) of XML, links within the text of
// links, of which the inner one counts, and text struck through up to a "~~" in code or in
// the text of a link, which stays as it is written.
//
// # Bad texts
//
// Time and memory grow with the text: each end is looked for once. Blocks that lie in one
// another more than 100 deep and elements more than 500 deep are mistakes ([Remark]);
// beyond four million steps signs of emphasis in one block are text.
package kramdown
