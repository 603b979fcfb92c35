package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// TOML writes the policy in full, in one form: inheritance is resolved, tables
// and keys come in a fixed order, what is not set is left out. [Decode] makes
// the same policy of it.
func (p Policy) TOML() string { return string(p.appendTOML(make([]byte, 0, 8<<10))) }

// Digest is "sha256:" and the hash of [Policy.TOML] in hexadecimal. Policies
// that mean the same have the same digest, however their files were written.
func (p Policy) Digest() string {
	sum := sha256.Sum256(p.appendTOML(make([]byte, 0, 8<<10)))
	text := make([]byte, 0, len("sha256:")+2*len(sum))
	return string(hex.AppendEncode(append(text, "sha256:"...), sum[:]))
}

func (p *Policy) appendTOML(b []byte) []byte {
	table := ""
	for i := range keys {
		k := &keys[i]
		if !k.isSet(p) {
			continue
		}
		if k.table != table {
			table = k.table
			b = append(b, "\n["...)
			b = append(b, table...)
			b = append(b, "]\n"...)
		}
		b = append(b, k.name...)
		b = append(b, " = "...)
		b = k.appendValue(b, p)
		b = append(b, '\n')
	}
	return b
}

// isSet says whether a key's value is other than what it is where no file
// mentions it and none has to.
func (k *key) isSet(p *Policy) bool {
	switch ref := k.ref(p).(type) {
	case *string:
		return *ref != ""
	case *int64:
		return *ref != 0
	case *float64:
		return *ref != 0
	case *time.Duration:
		return *ref != 0
	case *Bytes:
		return *ref != 0
	case memoryRef:
		return *ref.bytes != 0 || *ref.percent != 0
	case *[]string:
		return len(*ref) > 0
	case *map[string]string:
		return len(*ref) > 0
	case *[]Bind:
		return len(*ref) > 0
	case *[]Rule:
		return len(*ref) > 0
	}
	return true
}

// value is the key's value as TOML, or "unlimited".
func (k *key) value(p *Policy) string {
	switch {
	case k.isSet(p):
		return string(k.appendValue(nil, p))
	case k.path() == "limits.wall_time" && p.Wall() != 0:
		return formatDuration(p.Wall()) + " (2 × cpu_time + 1s)"
	case k.limit:
		return unlimited
	case k.isList():
		return "[]"
	}
	return `""`
}

// shown is the key's value in one short line, for a message.
func (k *key) shown(p *Policy) string {
	const most = 60 // a list of system calls would fill the screen
	s := strings.Join(strings.Fields(k.value(p)), " ")
	s = strings.NewReplacer("[ ", "[", ", ]", "]").Replace(s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// appendValue writes the key's value as TOML.
func (k *key) appendValue(b []byte, p *Policy) []byte {
	switch ref := k.ref(p).(type) {
	case *string:
		return appendString(b, *ref)
	case *bool:
		return strconv.AppendBool(b, *ref)
	case *int:
		return strconv.AppendInt(b, int64(*ref), 10)
	case *int64:
		return strconv.AppendInt(b, *ref, 10)
	case *float64:
		return strconv.AppendFloat(b, *ref, 'f', -1, 64)
	case *time.Duration:
		if *ref == NoWallTime {
			return appendString(b, unlimited)
		}
		return appendString(b, formatDuration(*ref))
	case *Bytes:
		return appendString(b, ref.String())
	case memoryRef:
		if *ref.bytes == 0 {
			return appendString(b, strconv.Itoa(*ref.percent)+"%")
		}
		return appendString(b, ref.bytes.String())
	case *[]string:
		return appendStrings(b, *ref, 100)
	case *map[string]string:
		return appendMap(b, *ref)
	case *[]Bind:
		return appendTables(b, *ref, appendBind)
	case *[]Rule:
		return appendTables(b, *ref, appendRule)
	}
	return b
}

// appendStrings writes a list, in lines of about width bytes.
func appendStrings(b []byte, list []string, width int) []byte {
	length := 0
	for _, s := range list {
		length += len(s) + 4
	}
	wrap := length > width
	b = append(b, '[')
	column := width
	for i, s := range list {
		switch {
		case wrap && column >= width:
			b = append(b, "\n  "...)
			column = 0
		case i > 0:
			b = append(b, ' ')
		}
		b = appendString(b, s)
		column += len(s) + 4
		if wrap || i < len(list)-1 {
			b = append(b, ',')
		}
	}
	if wrap {
		b = append(b, '\n')
	}
	return append(b, ']')
}

func appendMap(b []byte, m map[string]string) []byte {
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ", "...)
		}
		if isBare(name) {
			b = append(b, name...)
		} else {
			b = appendString(b, name)
		}
		b = append(b, " = "...)
		b = appendString(b, m[name])
	}
	return append(b, '}')
}

// appendTables writes a list of inline tables, each on a line of its own.
func appendTables[T any](b []byte, list []T, one func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for _, v := range list {
		b = append(b, "\n  {"...)
		b = one(b, v)
		b = append(b, "},"...)
	}
	return append(b, "\n]"...)
}

func appendBind(b []byte, bind Bind) []byte {
	b = appendString(append(b, "source = "...), bind.Source)
	b = appendString(append(b, ", target = "...), bind.Target)
	return strconv.AppendBool(append(b, ", readonly = "...), bind.Readonly)
}

// TOML writes the rule as an inline table.
func (r Rule) TOML() string { return "{ " + string(appendRule(nil, r)) + " }" }

func appendRule(b []byte, r Rule) []byte {
	const oneLine = 1 << 30 // TOML 1.0 has no line ends in inline tables
	b = appendStrings(append(b, "calls = "...), r.Calls, oneLine)
	if len(r.When) > 0 {
		b = appendStrings(append(b, ", when = "...), r.When, oneLine)
	}
	return appendString(append(b, ", action = "...), r.Action)
}

// appendString writes a basic string with the escapes of TOML 1.0. What is not
// UTF-8, which only a flag can bring in, stays as it is: no TOML can say it,
// but the digest covers it.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789ABCDEF"
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != 0x7f || c >= utf8.RuneSelf {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		if c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}
