package policy

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// setTOML gives the key's field in p the value v as the TOML library decodes
// it: string, int64, float64, bool, []any, map[string]any or
// []map[string]any. Lists and maps are added to what the field holds. The
// issues' paths are full keys.
func (k *key) setTOML(p *Policy, v any) []issue {
	path := k.path()
	switch ref := k.ref(p).(type) {
	case *[]string:
		return setStrings(ref, path, v, k.check)
	case *map[string]string:
		return setMap(ref, path, v, k.check)
	case *[]Bind:
		return setBinds(ref, path, v)
	case *[]Rule:
		return setRules(ref, path, v)
	default:
		if pr := k.setScalar(ref, v); pr != nil {
			return []issue{{path: path, problem: *pr}}
		}
		return nil
	}
}

// setScalar sets a field that is no list.
func (k *key) setScalar(ref, v any) *problem {
	if k.limit && v == unlimited {
		k.setNone(ref)
		return nil
	}
	if k.limit && isNone(v) {
		return wrong("%q is no limit", v).hinted("write %q for none", unlimited)
	}
	switch ref := ref.(type) {
	case *string:
		s, ok := v.(string)
		if !ok {
			return k.mistyped(v)
		}
		return setChecked(ref, s, k.checkString(s))
	case *bool:
		b, ok := v.(bool)
		if !ok {
			return k.mistyped(v)
		}
		*ref = b
		return nil
	case *int, *int64:
		return k.setInteger(ref, v)
	case *float64:
		return k.setFloat(ref, v)
	case *time.Duration:
		return k.setDuration(ref, v)
	case *Bytes:
		b, pr := k.size(v)
		return setChecked(ref, b, pr)
	case memoryRef:
		return k.setMemory(ref, v)
	}
	panic(fmt.Sprintf("policy: key %s has a field of type %T", k.path(), ref))
}

// isNone says whether v is one of the other words for "unlimited".
func isNone(v any) bool {
	switch v {
	case "none", "no", "off", "never", "max", "inf", "infinite", "infinity", "-1":
		return true
	}
	return false
}

// setChecked sets a field unless its value is wrong.
func setChecked[T any](ref *T, v T, pr *problem) *problem {
	if pr == nil {
		*ref = v
	}
	return pr
}

// setNone takes a limit away.
func (k *key) setNone(ref any) {
	switch ref := ref.(type) {
	case *string:
		*ref = ""
	case *int64:
		*ref = k.none
	case *float64:
		*ref = float64(k.none)
	case *time.Duration:
		*ref = time.Duration(k.none)
	case *Bytes:
		*ref = Bytes(k.none)
	case memoryRef:
		*ref.bytes, *ref.percent = 0, 0
	}
}

func (k *key) setInteger(ref, v any) *problem {
	n, ok := v.(int64)
	if !ok {
		return k.mistyped(v)
	}
	pr := k.bounds(float64(n), strconv.FormatInt(n, 10))
	if ref, ok := ref.(*int); ok {
		return setChecked(ref, int(n), pr)
	}
	return setChecked(ref.(*int64), n, pr)
}

func (k *key) setDuration(ref *time.Duration, v any) *problem {
	s, ok := v.(string)
	if !ok {
		return k.mistyped(v)
	}
	d, pr := parseDuration(s)
	if pr == nil {
		pr = k.bounds(float64(d), formatDuration(d))
	}
	return setChecked(ref, d, pr)
}

func (k *key) setFloat(ref *float64, v any) *problem {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case int64:
		f = float64(v)
	default:
		return k.mistyped(v)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return wrong("%v is no number of cores", f).hinted("leave it out or write %q for none", unlimited)
	}
	return setChecked(ref, f, k.bounds(f, strconv.FormatFloat(f, 'g', -1, 64)))
}

// size reads a size, as a string or as a plain number of bytes.
func (k *key) size(v any) (Bytes, *problem) {
	switch v := v.(type) {
	case int64:
		pr := k.bounds(float64(v), fmt.Sprintf("%d bytes", v))
		if pr != nil && v > 0 && v < 1<<20 && float64(v) < k.min {
			pr = pr.hinted("did you mean %q?", strconv.FormatInt(v, 10)+"MiB")
		}
		return Bytes(v), pr
	case string:
		b, pr := parseBytes(v)
		if pr != nil {
			pr.msg = fmt.Sprintf("%q: %s", v, pr.msg)
			return 0, pr
		}
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return k.size(n)
		}
		return b, k.bounds(float64(b), v)
	}
	return 0, k.mistyped(v)
}

// setMemory reads a size or a share of the host's memory, such as "50%".
func (k *key) setMemory(ref memoryRef, v any) *problem {
	s, _ := v.(string)
	share, ok := strings.CutSuffix(s, "%")
	if !ok {
		b, pr := k.size(v)
		if pr == nil {
			*ref.bytes, *ref.percent = b, 0
		}
		return pr
	}
	n, err := strconv.Atoi(share)
	if err != nil || n < 1 || n > 100 {
		return wrong("%q is no share of the host's memory", s).hinted(`write "1%%" to "100%%"`)
	}
	*ref.bytes, *ref.percent = 0, n
	return nil
}

// bounds says what is wrong with a number, which the message calls shown.
func (k *key) bounds(v float64, shown string) *problem {
	switch {
	case k.limit && v == 0:
		return wrong("a limit of 0 would allow nothing").hinted("leave it out or write %q for none", unlimited)
	case !(v >= k.min): // not v < min: NaN is wrong too
		return wrong("%s is less than the least, %s", shown, k.number(k.min))
	case v > k.max:
		return wrong("%s is more than the most, %s", shown, k.number(k.max))
	}
	return nil
}

// number writes a bound in the key's unit.
func (k *key) number(v float64) string {
	switch k.ref(new(Policy)).(type) {
	case *time.Duration:
		return formatDuration(time.Duration(v))
	case *Bytes, memoryRef:
		return Bytes(v).String()
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// checkString checks a string against the key's choices and its own check.
func (k *key) checkString(s string) *problem {
	if k.choices != nil {
		return checkChoice(s, k.choices)
	}
	if k.check != nil {
		return k.check(s)
	}
	return nil
}

func checkChoice(s string, choices []string) *problem {
	quoted := make([]string, len(choices))
	for i, c := range choices {
		if c == s {
			return nil
		}
		quoted[i] = strconv.Quote(c)
	}
	pr := wrong("%q is none of %s", s, strings.Join(quoted, ", "))
	if near := Nearest(s, choices); near != "" {
		pr = pr.hinted("did you mean %q?", near)
	}
	return pr
}
