package feed

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"time"
)

// Atom writes Atom (RFC 4287).
func Atom(w *bytes.Buffer, f *Feed) error {
	w.WriteString(xml.Header)
	fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="%s">`+"\n", text(f.Language))
	fmt.Fprintf(w, "<title>%s</title>\n<id>%s</id>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"%s\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n",
		text(f.Title), text(f.Self), text(f.Self), text(f.Home))
	fmt.Fprintf(w, "<updated>%s</updated>\n", orSomeTime(f.modified()).Format(time.RFC3339))
	fmt.Fprintf(w, "<author><name>%s</name></author>\n", text(cmp.Or(f.Author, f.Site)))
	for _, item := range f.Items {
		fmt.Fprintf(w, "<entry><title>%s</title><id>%s</id><link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>", text(item.Title), text(cmp.Or(item.ID, item.URL)), text(item.URL))
		if !item.Published.IsZero() {
			fmt.Fprintf(w, "<published>%s</published>", item.Published.Format(time.RFC3339))
		}
		fmt.Fprintf(w, "<updated>%s</updated>", orSomeTime(item.Modified).Format(time.RFC3339))
		for _, author := range item.Authors {
			fmt.Fprintf(w, "<author><name>%s</name></author>", text(author))
		}
		for _, tag := range item.Tags {
			fmt.Fprintf(w, "<category term=\"%s\"/>", text(tag))
		}
		fmt.Fprintf(w, "<summary>%s</summary><content type=\"html\">%s</content></entry>\n", text(item.Summary), text(item.HTML))
	}
	w.WriteString("</feed>\n")
	return nil
}

// orSomeTime is a time, or one that stands for none: Atom must have dates, and there
// is no clock.
func orSomeTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}
