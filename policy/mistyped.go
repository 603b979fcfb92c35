package policy

import (
	"fmt"
	"strconv"
	"time"
)

// mistyped says which type of value the key wants.
func (k *key) mistyped(v any) *problem {
	want := ""
	switch k.ref(new(Policy)).(type) {
	case *string:
		want = "a string"
	case *bool:
		want = "true or false"
	case *int, *int64:
		want = "a whole number"
	case *float64:
		want = "a number"
	case *time.Duration:
		want = `a duration such as "1.5s"`
	case *Bytes:
		want = `a size such as "64MiB"`
	case memoryRef:
		want = `a size such as "256MiB" or a share such as "50%"`
	}
	return k.hintType(mistyped(want, v), v)
}

// hintType adds what v was probably meant to be.
func (k *key) hintType(pr *problem, v any) *problem {
	switch k.ref(new(Policy)).(type) {
	case *time.Duration:
		switch n := v.(type) {
		case int64:
			if n == 0 {
				return k.bounds(0, "")
			}
			return pr.hinted("did you mean \"%ds\"?", n)
		case float64:
			return pr.hinted("did you mean \"%vs\"?", n)
		}
	case *bool:
		if v == "true" || v == "false" {
			return pr.hinted("write %s without quotes", v)
		}
	case *int, *int64, *float64:
		if s, ok := v.(string); ok {
			if _, err := strconv.ParseFloat(s, 64); err == nil {
				return pr.hinted("write %s without quotes", s)
			}
		}
	case *string:
		if n, ok := v.(int64); ok && k.choices == nil {
			return pr.hinted("did you mean \"%d\"?", n)
		}
	}
	return pr
}

// mistyped says that a value has the wrong type.
func mistyped(want string, v any) *problem {
	return wrong("want %s, found %s", want, describe(v))
}

// describe names a value that TOML decoded, for messages.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		return "the string " + strconv.Quote(v)
	case int64:
		return fmt.Sprintf("the whole number %d", v)
	case float64:
		return fmt.Sprintf("the number %v", v)
	case bool:
		return fmt.Sprint(v)
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "a list of tables"
	case time.Time:
		return "a date"
	}
	return fmt.Sprintf("a %T", v)
}
