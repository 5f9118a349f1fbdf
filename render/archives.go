package render

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"icecap/render/theme"
)

const (
	archiveName = "archive/"
	// archivePage is how many lines an archive's page has.
	archivePage = 100
)

// layArchives adds the list of years, and the posts of each year and month.
func (b *Blog) layArchives() {
	if len(b.posts) == 0 {
		return
	}
	years := b.periods()
	b.addAt(archiveName, htmlType,
		func() (string, error) {
			v := b.newVersion(archiveName)
			fmt.Fprintf(v, "%v\n", years)
			return v.version(), nil
		},
		func(w *bytes.Buffer) error {
			return b.writeArchive(w, b.theme.Word("Archive"), archiveName, theme.Archive{Years: years, Total: len(b.posts)})
		})
	for start := 0; start < len(b.posts); {
		year, end := b.posts[start].date.Year(), start
		for end < len(b.posts) && b.posts[end].date.Year() == year {
			end++
		}
		b.layPeriod(theme.Archive{Year: year, Months: months(years, year)}, b.posts[start:end])
		for first := start; first < end; {
			month, last := b.posts[first].date.Month(), first
			for last < end && b.posts[last].date.Month() == month {
				last++
			}
			b.layPeriod(theme.Archive{Year: year, Month: month}, b.posts[first:last])
			first = last
		}
		start = end
	}
}

func months(years []theme.Period, year int) []theme.Period {
	for _, y := range years {
		if y.Year == year {
			return y.Months
		}
	}
	return nil
}

// periods counts the posts of years and months, the latest first.
func (b *Blog) periods() (years []theme.Period) {
	for _, p := range b.posts {
		year, month := p.date.Year(), p.date.Month()
		if n := len(years); n == 0 || years[n-1].Year != year {
			years = append(years, theme.Period{URL: b.settings.Prefix + periodPath(year, 0), Year: year})
		}
		y := &years[len(years)-1]
		y.Count++
		if n := len(y.Months); n == 0 || y.Months[n-1].Month != month {
			y.Months = append(y.Months, theme.Period{URL: b.settings.Prefix + periodPath(year, month), Year: year, Month: month})
		}
		y.Months[len(y.Months)-1].Count++
	}
	return years
}

func periodPath(year int, month time.Month) string {
	if month == 0 {
		return fmt.Sprintf("%04d/", year)
	}
	return fmt.Sprintf("%04d/%02d/", year, month)
}

// layPeriod adds the pages of a year or a month.
func (b *Blog) layPeriod(archive theme.Archive, posts []*post) {
	base := periodPath(archive.Year, archive.Month)
	title := strconv.Itoa(archive.Year)
	if archive.Month != 0 {
		title = b.theme.Word(archive.Month.String()) + " " + title
	}
	archive.Total = len(posts)
	pages := (len(posts) + archivePage - 1) / archivePage
	for n := 1; n <= pages; n++ {
		part := posts[(n-1)*archivePage : min(n*archivePage, len(posts))]
		b.addAt(b.pagePath(base, n), htmlType,
			func() (string, error) {
				v := b.newVersion(base)
				fmt.Fprintf(v, "%d %d %d %v\n", n, pages, len(posts), archive.Months)
				for _, p := range part {
					v.link(p)
				}
				return v.version(), nil
			},
			func(w *bytes.Buffer) error {
				view := archive
				view.Pager = b.pager(base, n, pages)
				for _, p := range part {
					view.Posts = append(view.Posts, p.link())
				}
				return b.writeArchive(w, title, b.pagePath(base, n), view)
			})
	}
}

func (b *Blog) writeArchive(w *bytes.Buffer, title, path string, view theme.Archive) error {
	page := b.page(theme.KindArchive, title, b.settings.Prefix+path)
	page.Archive = &view
	return b.execute(w, page)
}
