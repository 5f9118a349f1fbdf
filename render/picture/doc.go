// Package picture knows image files: their size, what in them is nobody's business,
// and how to make smaller ones for smaller screens. It works on bytes in memory and
// knows no folders and no pages.
//
// # Facts
//
// [Inspect] goes by the bytes, not by the file's name, and decodes no pixel: a JPEG's
// segments, a PNG's chunks with their checksums, a WebP's chunks, a GIF's blocks. It
// knows the size as the picture is shown, after its EXIF orientation; whether the
// file is cut short; and whether it claims more pixels than are decoded ([MaxPixels]).
//
// # What is taken out
//
// [Strip] takes out where and when a photo was taken, by whom and with what: EXIF,
// XMP, IPTC, comments, texts, thumbnails, maker's notes, and whatever follows the
// end of the picture, such as the film of a "motion photo" and the brightness map of
// an HDR one. The orientation and the colour profile stay, for without them the
// picture would look different. Not one pixel changes. In an AVIF, whose
// parts have fixed places, it is overwritten. SVG is left alone.
//
// # Smaller forms
//
// [Widths] says which there are, by the facts alone, so that a page can name them
// before any is made. A form is never wider than the picture, and never has as many
// bytes as the picture or a wider form, whatever that takes. It
// is WebP (RFC 9649) in 8 bits a channel, turned as the picture is shown, with its
// colour profile unless that is sRGB. The same bytes give the same bytes.
//
// Left as they are: animations, drawings (SVG), GIF, CMYK, HDR, what has fewer than
// [MinBytes], and what the decoders do not know (arithmetic coding, 12 bits).
package picture
