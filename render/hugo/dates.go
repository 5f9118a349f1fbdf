package hugo

import (
	"slices"
	"strings"
	"time"
)

// Dates says in which keys of the front matter each date is looked for, in order
// (frontmatter of the configuration). Keys that begin with a colon are no keys:
// see [FromFileName], [FromModTime] and [FromGit].
type Dates struct {
	Date, Publish, Lastmod, Expiry []string
}

// Sources of dates other than front matter.
const (
	FromFileName = ":filename"    // a date at the beginning of the file's name
	FromModTime  = ":filemodtime" // when the file was written
	FromGit      = ":git"         // when it was committed; not followed
)

// dateAliases are other names of keys, looked for behind their own.
var dateAliases = map[string][]string{
	"lastmod": {"modified"}, "publishdate": {"pubdate", "published"}, "expirydate": {"unpublishdate"},
}

func readDates(table values) Dates {
	list := func(key string, absent ...string) (keys []string) {
		given := lowerAll(table.texts(key))
		if len(given) == 0 {
			given = []string{":default"}
		}
		for _, source := range given {
			some := []string{source}
			if source == ":default" {
				some = absent
			}
			for _, one := range some {
				for _, name := range append([]string{one}, dateAliases[one]...) {
					if !slices.Contains(keys, name) {
						keys = append(keys, name)
					}
				}
			}
		}
		return keys
	}
	return Dates{
		Date: list("date", "date", "publishdate", "lastmod"), Publish: list("publishdate", "publishdate", "date"),
		Lastmod: list("lastmod", FromGit, "lastmod", "date", "publishdate"), Expiry: list("expirydate", "expirydate"),
	}
}

// FileDate takes the date off the beginning of a file's name: 2024-05-01, or
// 2024-05-01-13-45-00 with any sign before the time. Without one, ok is false.
func FileDate(name string, zone *time.Location) (date time.Time, rest string, ok bool) {
	if len(name) >= 19 {
		text := name[:10] + "T" + strings.ReplaceAll(name[11:19], "-", ":")
		if t, err := time.ParseInLocation("2006-01-02T15:04:05", text, zone); err == nil {
			return t, strings.Trim(name[19:], " -_"), true
		}
	}
	if len(name) >= 10 {
		if t, err := time.ParseInLocation(time.DateOnly, name[:10], zone); err == nil {
			return t, strings.Trim(name[10:], " -_"), true
		}
	}
	return time.Time{}, "", false
}
