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
func (e *edition) layArchives() {
	if len(e.dated) == 0 {
		return
	}
	years := e.periods()
	e.addPage(archiveName, e.base+archiveName,
		func() (string, error) {
			v := e.newVersion(archiveName)
			fmt.Fprintf(v, "%v %q\n", years, e.alternates(archiveName))
			return v.version(), nil
		},
		func(w *bytes.Buffer) error {
			return e.writeArchive(w, e.voice.Word("Archive"), archiveName, 1, theme.Archive{Years: years, Total: len(e.dated)})
		})
	for start := 0; start < len(e.dated); {
		year, end := e.dated[start].date.Year(), start
		for end < len(e.dated) && e.dated[end].date.Year() == year {
			end++
		}
		e.layPeriod(theme.Archive{Year: year, Months: months(years, year)}, e.dated[start:end])
		for first := start; first < end; {
			month, last := e.dated[first].date.Month(), first
			for last < end && e.dated[last].date.Month() == month {
				last++
			}
			e.layPeriod(theme.Archive{Year: year, Month: month}, e.dated[first:last])
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
func (e *edition) periods() (years []theme.Period) {
	for _, p := range e.dated {
		year, month := p.date.Year(), p.date.Month()
		if n := len(years); n == 0 || years[n-1].Year != year {
			years = append(years, theme.Period{URL: e.settings.Prefix + e.base + periodPath(year, 0), Year: year})
		}
		y := &years[len(years)-1]
		y.Count++
		if n := len(y.Months); n == 0 || y.Months[n-1].Month != month {
			y.Months = append(y.Months, theme.Period{URL: e.settings.Prefix + e.base + periodPath(year, month), Year: year, Month: month})
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
func (e *edition) layPeriod(archive theme.Archive, posts []*post) {
	base := periodPath(archive.Year, archive.Month)
	title := strconv.Itoa(archive.Year)
	if archive.Month != 0 {
		title = e.voice.Date("January 2006", posts[0].date)
	}
	archive.Total = len(posts)
	pages := (len(posts) + archivePage - 1) / archivePage
	for n := 1; n <= pages; n++ {
		part := posts[(n-1)*archivePage : min(n*archivePage, len(posts))]
		key := ""
		if n == 1 {
			key = base
		}
		e.addPage(key, e.pagePath(e.base+base, n),
			func() (string, error) {
				v := e.newVersion(base)
				fmt.Fprintf(v, "%d %d %d %v %q\n", n, pages, len(posts), archive.Months, e.alternates(key))
				for _, p := range part {
					v.link(p)
				}
				return v.version(), nil
			},
			func(w *bytes.Buffer) error {
				view := archive
				view.Pager = e.pager(e.base+base, n, pages)
				for _, p := range part {
					view.Posts = append(view.Posts, p.link())
				}
				return e.writeArchive(w, title, base, n, view)
			})
	}
}

func (e *edition) writeArchive(w *bytes.Buffer, title, base string, number int, view theme.Archive) error {
	page := e.page(theme.KindArchive, title, e.settings.Prefix+e.pagePath(e.base+base, number))
	if number == 1 {
		page.Alternates = e.alternates(base)
	}
	page.Archive = &view
	return e.execute(w, page)
}
