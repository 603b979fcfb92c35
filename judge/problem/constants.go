package problem

import "regexp"

var constantName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func (r *reader) v2025Constants(f field) {
	constants := map[string]string{}
	for _, c := range f.fields() {
		if !constantName.MatchString(c.name) {
			c.fail(BadValue, "is no name of a constant: it has letters, digits and _ and does not begin with a digit")
			continue
		}
		if c.isMap() {
			c.constantForms(constants)
		} else if s, ok := c.str(); ok {
			constants[c.name] = s
		}
	}
	if len(constants) > 0 {
		r.problem.Constants = constants
	}
}

// constantForms reads BAPCtools' constant of several forms: {{name}} is its value, and
// {{name.form}} one of the others.
func (f field) constantForms(constants map[string]string) {
	f.warn(StaleSetting, "is a map, of which this version knows nothing; it is used as BAPCtools does")
	if _, ok := f.peek("value"); !ok {
		f.fail(BadValue, "has no value")
	}
	for _, form := range f.fields() {
		s, ok := form.str()
		switch {
		case !ok:
		case form.name == "value":
			constants[f.name] = s
		default:
			constants[f.name+"."+form.name] = s
		}
	}
}

var constantSequence = regexp.MustCompile(`\{\{[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)?\}\}`)

// Expand replaces {{name}} by the constant of that name (2025-09, "Constants"). It is
// for source files of validators, submissions and include/, not for test data.
func (p *Problem) Expand(text []byte) []byte {
	if len(p.Constants) == 0 {
		return text
	}
	return constantSequence.ReplaceAllFunc(text, func(m []byte) []byte {
		if s, ok := p.Constants[string(m[2:len(m)-2])]; ok {
			return []byte(s)
		}
		return m
	})
}
