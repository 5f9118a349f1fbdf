// Package search makes an index of a site's texts that a browser can search: small
// files of JSON, of which a query loads a few. There is no server that searches,
// and nothing is built by another tool. The package knows texts and terms alone, not
// where they come from; the script that reads the index is search.js of the default
// theme, and both follow this comment.
//
// # Terms
//
// A text is cut into words, and a word becomes a term, on both sides by the same
// rules:
//
//   - A word is a run of letters, digits and marks (Unicode classes L, N and M). One
//     letter with ++ or # behind it (C++, C#) is a word, too. Behind an apostrophe an s
//     at the end of a word is dropped: "Go's" is "go".
//   - A word is folded: NFKD, without the combining marks U+0300 to U+036F, in lower case,
//     NFC; and ß æ œ ø ł đ ı ς become ss ae oe o l d i σ. So "Übersicht" and
//     "ubersicht" are one term.
//   - Of a word of ASCII letters the commonest English endings are taken off: see stem.
//     "slices", "slicing" and "sliced" are one term.
//   - Scripts without spaces (Han, Hiragana, Katakana, Thai, Lao, Burmese, Khmer) are cut
//     into pairs of characters, the last of which stands by itself as well.
//   - Of a name such as WithTimeout the index holds "withtimeout", "with" and "timeout".
//     A query is not cut there.
//
// A term has at most [MaxTerm] bytes; longer words are left out. Of one text at most
// [MaxTerms] different terms are taken, the first ones.
//
// # Weights
//
// How well a term describes a text is a level of 1 to 15, made when the text is read:
// each time a term occurs it counts 1, in a heading 3, in the description 3, in a tag or
// category 6, in the title 10; w being the sum, the level is 15·w/(w+4·n) rounded, where n is
// 1/2 plus the number of words (at least 50; 3200 where there is nothing but a title)
// divided by 800, in steps of √2: the saturation and
// the length of BM25F. That average is fixed, because otherwise each post would change
// the numbers of all others. The reader's side multiplies by the rarity of
// the term, log(1 + texts/postings), and adds up.
//
// # Files
//
// The index of N texts has three kinds of files, all UTF-8 and JSON:
//
//	index.json            {"texts":N,"terms":T,"pages":D,"bits":B}
//	terms-T/0.json ...    {"term":"postings", ...}, T files
//	pages-D/0.json ...    {"number":["title","path","date","excerpt"], ...}, D files
//
// A text's number has B bits and is a hash of its path, so that a post that comes or
// goes does not number the others anew. Texts whose numbers would be equal get the
// next ones, in the order of hash and path. Text n is in pages file n·D/2^B.
//
// A term is in the file h·T/2^32, where h is [Hash] of its first four characters, of
// one character where the script has no spaces. So terms with the same beginning are
// in one file, and the last word of a query finds all that begin with it: with four
// letters or more, and with fewer where there is but one file.
//
// Postings are the numbers of the texts that have the term, level by level from the
// highest: one of the 15 signs ;:/.,+*)('&%$#! for levels 15 to 1, then the numbers in
// ascending order, each as the difference from the one before. A difference is written
// to base 32, the lowest digit first, in the digits 0-9A-Za-z-_: the first 32 of them
// are the last digit of a number, the others say that more follow.
// Of a term that more than [MaxPostings] texts have, only the best are listed, after
// "~" and the number of all: it ranks results and does not limit them.
//
// T and D are powers of two near N/16 and stand in the names of the files, so that files of
// two sizes are never mixed up: where a file is gone, a reader begins again with
// index.json. When N crosses a power of two all files are new ones. Half as many files would be
// fewer to write, and more to load: of 10,000 posts made of real paragraphs, 95 of 100
// queries of three words load 69 KB at most, compressed; by calculation it would be 97 KB
// with half as many files of terms, and 89 KB with half as many of pages.
//
// # Limits
//
// A query loads index.json, a file for each word and one for each of the ten results
// that are shown. Of a query of more than six words the longest six count. In a site
// of 10,000 posts a query of one to three words loads 30 to 60 KB compressed, 60 to 95 KB
// uncompressed; the files of terms are bounded by nothing but [MaxPostings] for each
// term. Of more results than that the number that is shown is only a part.
//
// There are no phrases, no operators and no search within a field. For a word that no text
// has, the nearest one with the same first four letters is taken: one letter may differ,
// from eight letters on two. Of the longest word of a query two of the first four letters may
// also have changed places, or one stands twice, for which three more files are loaded. Where
// there are four files of terms or fewer, that is in blogs of fewer than 128 posts, all are:
// then any letter may be the wrong one, and the end of a compound word finds it.
package search
