//go:build unix

package release

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"icecap/content"
)

// An exportPlan holds what wants each file; in the end one each.
type exportPlan struct {
	files    map[string][]exported
	findings []Finding
}

// planExport gives every page of a manifest its usual file name and settles
// which names cannot be had.
func planExport(m *manifest) *exportPlan {
	plan := &exportPlan{files: map[string][]exported{}}
	for i := range m.pages {
		p := &m.pages[i]
		media, _ := content.MediaFor(p.media)
		file := exportName(p.key.Path, media)
		if p.fallback && p.key == content.StatusKey(404) {
			const file = "404.html" // as static hosts have it
			plan.files[file] = append(plan.files[file], exported{url: p.key.URL(), path: p.key.Path, page: p})
			continue
		}
		if p.fallback && p.key == content.StatusKey(410) {
			plan.find(p.key.URL(), "410.html", "a static host has one page only for what is missing", false)
			continue
		}
		if p.key.Variant != "" {
			plan.find(p.key.URL(), file, "a static host answers every query with the page without it", false)
			continue
		}
		plan.files[file] = append(plan.files[file], exported{url: p.key.URL(), path: p.key.Path, page: p})
	}
	media, _ := content.MediaFor("text/html")
	for _, r := range m.redirects {
		if r.Gone() {
			continue // a static host finds that out by itself
		}
		file := exportName(r.From, media)
		plan.files[file] = append(plan.files[file], exported{url: r.From.String(), path: r.From, to: r.To})
	}
	plan.settleClashes()
	plan.settleFolders()
	plan.findTwins()
	plan.findUnfit()
	return plan
}

func (plan *exportPlan) find(url, file, reason string, written bool) {
	plan.findings = append(plan.findings, Finding{URL: url, File: file, Reason: reason, Written: written})
}

func (plan *exportPlan) sorted() []Finding {
	slices.SortFunc(plan.findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.URL, b.URL), strings.Compare(a.Reason, b.Reason))
	})
	return plan.findings
}

// leaveOut drops the files that reason gives a reason against.
func (plan *exportPlan) leaveOut(reason func(file string) string) {
	for _, file := range slices.Sorted(maps.Keys(plan.files)) {
		if why := reason(file); why != "" {
			plan.find(plan.files[file][0].url, file, why, false)
			delete(plan.files, file)
		}
	}
}

// settleClashes leaves one page for each file.
func (plan *exportPlan) settleClashes() {
	for file, list := range plan.files {
		exact := slices.IndexFunc(list, func(e exported) bool { return e.path.Decoded() == "/"+file })
		winner := list[max(exact, 0)]
		for _, e := range list {
			if e != winner {
				plan.find(e.url, file, fmt.Sprintf("%s has the same file name", winner.url), false)
			}
		}
		plan.files[file] = []exported{winner}
	}
}

// settleFolders drops files whose name another file needs for its folder.
func (plan *exportPlan) settleFolders() {
	folders := map[string]string{} // to a URL below
	for _, file := range slices.Backward(slices.Sorted(maps.Keys(plan.files))) {
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			folders[dir] = plan.files[file][0].url
		}
	}
	plan.leaveOut(func(file string) string {
		if below, ok := folders[file]; ok {
			return fmt.Sprintf("%s needs a folder of this name", below)
		}
		return ""
	})
}

// findTwins reports names that are one on a disk that ignores letter case, as
// those of Windows and macOS do. Folders count: A/x and a/y meet there, but harmlessly.
func (plan *exportPlan) findTwins() {
	first := map[string]string{}
	for _, file := range slices.Sorted(maps.Keys(plan.files)) {
		folded := strings.ToLower(file)
		twin, ok := first[folded]
		if !ok {
			first[folded] = file
			continue
		}
		plan.find(plan.files[file][0].url, file, fmt.Sprintf("%s differs in letter case only", plan.files[twin][0].url), true)
	}
}

// findUnfit reports names that Windows cannot hold.
func (plan *exportPlan) findUnfit() {
	for _, file := range slices.Sorted(maps.Keys(plan.files)) {
		for _, name := range strings.Split(file, "/") {
			if why := unfit(name); why != "" {
				plan.find(plan.files[file][0].url, file, "Windows cannot hold the name: "+why, true)
				break
			}
		}
	}
}

// unfit says why Windows cannot hold a file of this name, or "". See
// "Naming Files, Paths, and Namespaces" in Microsoft's documentation.
func unfit(name string) string {
	if i := strings.IndexAny(name, `<>:"|?*`); i >= 0 {
		return fmt.Sprintf("it holds %q", name[i])
	}
	if strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return "it ends in a dot or a space"
	}
	stem, _, _ := strings.Cut(name, ".")
	switch stem = strings.ToUpper(strings.TrimRight(stem, " ")); stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return stem + " is a device"
	}
	if digit, ok := strings.CutPrefix(stem, "COM"); ok && isPort(digit) {
		return stem + " is a device"
	}
	if digit, ok := strings.CutPrefix(stem, "LPT"); ok && isPort(digit) {
		return stem + " is a device"
	}
	return ""
}

// isPort reports whether s numbers a port; Windows takes superscripts for digits here.
func isPort(s string) bool {
	return slices.Contains([]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³"}, s)
}
