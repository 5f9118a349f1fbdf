package liquid

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Text is a value as it is written into a page.
func Text(value any) string {
	switch v := value.(type) {
	case nil, emptyValue, blankValue:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return floatText(v)
	case Day:
		return v.date.Format(time.DateOnly)
	case time.Time:
		return v.Format("2006-01-02 15:04:05 -0700")
	case span:
		return fmt.Sprintf("%d..%d", v.first, v.last)
	case []any:
		var b strings.Builder
		for _, item := range v {
			if b.Len() > MaxOutput {
				break
			}
			b.WriteString(Text(item))
		}
		return b.String()
	case map[string]any, *Table:
		return inspect(v)
	case Drop:
		return Text(v.Get("output"))
	}
	return fmt.Sprint(value)
}

// floatText is a number that is not whole as Ruby writes it.
func floatText(f float64) string {
	digits := strconv.FormatFloat(f, 'f', -1, 64)
	exponent := ""
	if f != 0 && (math.Abs(f) < 1e-4 || math.Abs(f) >= 1e16) {
		digits, exponent, _ = strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		exponent = "e" + exponent
	}
	if !strings.Contains(digits, ".") && !math.IsInf(f, 0) && !math.IsNaN(f) {
		digits += ".0"
	}
	return digits + exponent
}

// maxInspect bounds a table that is written.
const maxInspect = 64 << 10

// inspect is how Ruby writes a table or what is in it.
func inspect(value any) string {
	var b strings.Builder
	writeInspect(&b, value, 0)
	return b.String()
}

func writeInspect(b *strings.Builder, value any, depth int) {
	if depth > 20 || b.Len() > maxInspect {
		return
	}
	switch v := value.(type) {
	case nil:
		b.WriteString("nil")
	case string:
		b.WriteString(inspectText(v))
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			writeInspect(b, item, depth+1)
		}
		b.WriteByte(']')
	case map[string]any, *Table:
		b.WriteByte('{')
		keys, values, _ := pairsOf(v)
		for i, key := range keys {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(inspectText(key) + "=>")
			writeInspect(b, values[key], depth+1)
		}
		b.WriteByte('}')
	default:
		b.WriteString(Text(value))
	}
}

// rubyMarks are what begins something else in a text of Ruby.
var rubyMarks = strings.NewReplacer("#{", `\#{`, "#$", `\#$`, "#@", `\#@`)

func inspectText(text string) string { return rubyMarks.Replace(strconv.Quote(text)) }
