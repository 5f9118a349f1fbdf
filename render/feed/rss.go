package feed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"
)

// RSS writes RSS 2.0 with the whole text (content:encoded), as feed readers want it.
func RSS(w *bytes.Buffer, f *Feed) error {
	w.WriteString(xml.Header)
	w.WriteString(`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>` + "\n")
	fmt.Fprintf(w, "<title>%s</title>\n<link>%s</link>\n<description>%s</description>\n<language>%s</language>\n",
		text(f.Title), text(f.Home), text(f.Description), text(f.Language))
	fmt.Fprintf(w, `<atom:link href="%s" rel="self" type="application/rss+xml"/>`+"\n", text(f.Self))
	if t := f.modified(); !t.IsZero() {
		fmt.Fprintf(w, "<lastBuildDate>%s</lastBuildDate>\n", t.Format(time.RFC1123Z))
	}
	for _, item := range f.Items {
		fmt.Fprintf(w, "<item><title>%s</title><link>%s</link><guid isPermaLink=\"true\">%s</guid>", text(item.Title), text(item.URL), text(item.URL))
		if !item.Published.IsZero() {
			fmt.Fprintf(w, "<pubDate>%s</pubDate>", item.Published.Format(time.RFC1123Z))
		}
		for _, author := range item.Authors {
			fmt.Fprintf(w, "<dc:creator>%s</dc:creator>", text(author))
		}
		for _, tag := range item.Tags {
			fmt.Fprintf(w, "<category>%s</category>", text(tag))
		}
		fmt.Fprintf(w, "<description>%s</description>", text(item.Summary))
		if item.HTML != "" {
			fmt.Fprintf(w, "<content:encoded>%s</content:encoded>", text(item.HTML))
		}
		w.WriteString("</item>\n")
	}
	w.WriteString("</channel></rss>\n")
	return nil
}
