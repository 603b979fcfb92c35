package problem

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// An element is one of an XML file, with its place. encoding/xml knows no external
// entities, so nothing outside the file is read.
type element struct {
	r        *reader
	name     string
	at       Place
	attrs    map[string]string
	text     []byte // all that is directly in it
	children []*element
}

const (
	maxXMLDepth    = 64
	maxXMLElements = 1 << 20
)

// xml reads an XML file; nil if it cannot be used, which has been reported.
func (r *reader) xml(rel string) *element {
	data, ok := r.text(rel)
	if !ok {
		if r.stat(rel) == nil {
			r.fail(Missing, Place{File: rel}, "is missing")
		}
		return nil
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	root := &element{r: r}
	stack := []*element{root}
	for n := 0; ; {
		line, column := d.InputPos()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line, column = d.InputPos()
			r.failErr(BadSyntax, Place{rel, line, column}, err, "is no valid XML")
			return nil
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if n++; n > maxXMLElements || len(stack) > maxXMLDepth {
				r.fail(BadSyntax, Place{rel, line, column}, "has too many elements, or too deep ones")
				return nil
			}
			e := &element{r: r, name: t.Name.Local, at: Place{rel, line, column}, attrs: map[string]string{}}
			for _, a := range t.Attr {
				e.attrs[a.Name.Local] = strings.TrimSpace(a.Value)
			}
			top.children = append(top.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text = append(top.text, t...)
		}
	}
	if len(root.children) == 0 {
		r.fail(BadSyntax, Place{File: rel}, "holds no element")
		return nil
	}
	return root.children[0]
}

// all are the elements at a path of names, "a/b"; none of nil.
func (e *element) all(path string) []*element {
	if e == nil {
		return nil
	}
	name, rest, deeper := strings.Cut(path, "/")
	var found []*element
	for _, c := range e.children {
		if c.name != name {
			continue
		}
		if deeper {
			found = append(found, c.all(rest)...)
		} else {
			found = append(found, c)
		}
	}
	return found
}

// first is the first element at a path; nil if there is none.
func (e *element) first(path string) *element {
	if found := e.all(path); len(found) > 0 {
		return found[0]
	}
	return nil
}

// attr is an attribute; "" if it is not there.
func (e *element) attr(name string) string {
	if e == nil {
		return ""
	}
	return e.attrs[name]
}

// content is the text in the element, without the white space around it; "" of nil.
func (e *element) content() string {
	if e == nil {
		return ""
	}
	return string(bytes.TrimSpace(e.text))
}

// number reads the text of the element at a path as a number above zero; 0 if it is
// not there.
func (e *element) number(path string, most float64) float64 {
	sub := e.first(path)
	if sub == nil {
		return 0
	}
	text := sub.content()
	f, ok := parseFloat(text)
	if !ok || f <= 0 || f > most {
		e.r.fail(BadValue, sub.at, "%s should be a number above 0, and is %q", sub.name, text)
		return 0
	}
	return f
}

// points reads an attribute as a number of points; given is false if it is not there.
func (e *element) points(name string) (points float64, given bool) {
	text := e.attr(name)
	if text == "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		e.r.fail(BadValue, e.at, "%s should be a number, and is %q", name, text)
		return 0, false
	}
	return f, true
}
