package theme

import "regexp"

// defaultMeasure is the width of texts where no style sheet says it.
const defaultMeasure = "41rem"

var measurePattern = regexp.MustCompile(`--measure:\s*(\d{1,4}(?:\.\d{1,3})?(?:rem|em|px))\s*[;}]`)

// Measure is how wide texts and the pictures in them are at most: the first --measure,
// in rem, em or px, of assets/custom.css, or else of assets/style.css. A browser has to
// know it before it has read any style sheet, to choose among the forms of a picture.
func (t *Theme) Measure() string { return t.measure }

func (t *Theme) findMeasure() string {
	for _, name := range []string{"custom.css", "style.css"} {
		if m := measurePattern.FindSubmatch(t.files[AssetsFolder+name]); m != nil {
			return string(m[1])
		}
	}
	return defaultMeasure
}
