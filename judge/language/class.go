package language

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// A class of Java that could be the main one.
type class struct {
	name   string // with its package
	public bool
	file   string
}

// javaClass finds the class whose main is run, and moves files whose public
// class has another name: javac wants those in a file of that name.
func (b *Build) javaClass(sources []string, entry string, read func(string) ([]byte, error)) error {
	var mains []class
	taken := map[string]string{}
	for _, name := range sources {
		text, err := read(name)
		if err != nil {
			return err
		}
		unit := parseJava(string(text))
		if unit.public != "" && unit.public != strings.TrimSuffix(path.Base(name), path.Ext(name)) {
			b.Names[name] = path.Join(path.Dir(name), unit.public+".java")
		}
		if other, is := taken[b.Names[name]]; is {
			return &MainError{What: fmt.Sprintf("%s and %s have a public class of the same name", other, name), Hint: "rename one of them"}
		}
		taken[b.Names[name]] = name
		for _, c := range unit.mains {
			mains = append(mains, class{name: join(unit.pkg, c), public: c == unit.public, file: name})
		}
	}
	b.mainClass = pickClass(mains, entry)
	if b.mainClass == "" && entry != "" {
		return b.namedClass(entry)
	} else if b.mainClass == "" {
		// Let it compile: then it is a class without main, which java tells.
		b.mainClass = strings.TrimSuffix(path.Base(b.Names[sources[0]]), ".java")
	}
	return nil
}

var className = regexp.MustCompile(`^[\p{L}_$][\p{L}\p{N}_$.]*$`)

// namedClass takes the class that is asked for; the compiler has its say about it.
func (b *Build) namedClass(entry string) error {
	if !className.MatchString(entry) {
		return &MainError{What: fmt.Sprintf("the entry point %q is not the name of a class", entry), Hint: "correct the entry point"}
	}
	b.mainClass = entry
	return nil
}

// pickClass chooses among classes that have a main: the one that is asked for,
// Main, a public one, the one that is called as its file, the first.
func pickClass(mains []class, entry string) string {
	for _, good := range []func(class) bool{
		func(c class) bool { return entry != "" && (c.name == entry || simple(c.name) == entry) },
		func(c class) bool { return entry == "" && simple(c.name) == "Main" },
		func(c class) bool { return entry == "" && c.public },
		func(c class) bool {
			return entry == "" && simple(c.name) == strings.TrimSuffix(path.Base(c.file), path.Ext(c.file))
		},
		func(c class) bool { return entry == "" },
	} {
		for _, c := range mains {
			if good(c) {
				return c.name
			}
		}
	}
	return ""
}

func simple(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func join(pkg, name string) string {
	if pkg == "" {
		return name
	}
	return pkg + "." + name
}

// A unit is what matters of a file of Java.
type unit struct {
	pkg    string
	public string   // its public class
	mains  []string // classes at the top that have a method main
}

var (
	javaWord    = regexp.MustCompile(`[\p{L}_$][\p{L}\p{N}_$]*|[{}();.]|\S`)
	javaPackage = regexp.MustCompile(`^\s*(?:@\S+\s+)*package\s+([\p{L}\p{N}_$.\s]+);`)
)

// parseJava reads as much of a file as is needed: words and braces, without
// comments and literals.
func parseJava(text string) unit {
	text = withoutLiterals(text)
	var r javaReader
	if m := javaPackage.FindStringSubmatch(text); m != nil {
		r.pkg = strings.Join(strings.Fields(m[1]), "")
	}
	words := javaWord.FindAllString(text, -1)
	for i, w := range words {
		before, next := "", ""
		if i > 0 {
			before = words[i-1]
		}
		if i+1 < len(words) {
			next = words[i+1]
		}
		r.word(before, w, next)
	}
	return r.unit
}

// A javaReader stands somewhere in a file.
type javaReader struct {
	unit
	depth   int    // of braces
	current string // the class at the top that it is in
	seen    bool   // the word public was, where a class can follow
}

func (r *javaReader) word(before, w, next string) {
	switch w {
	case "{":
		r.depth++
	case "}":
		r.depth--
		r.seen = false
		if r.depth == 0 {
			r.current = ""
		}
	case ";":
		r.seen = false
	case "public":
		r.seen = r.depth == 0
	case "class", "interface", "enum", "record":
		// "record" and "enum" may be names of other things, but not outside of a class.
		if r.depth == 0 && r.current == "" && javaName.MatchString(next) {
			r.current = next
			if r.seen {
				r.unit.public = next
			}
		}
	case "main":
		if r.depth == 1 && r.current != "" && before == "void" && next == "(" {
			r.mains = append(r.mains, r.current)
		}
	}
}

var javaName = regexp.MustCompile(`^[\p{L}_$][\p{L}\p{N}_$]*$`)

// literals are comments, strings and characters of Java and Kotlin.
var literals = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/|""".*?"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'`)

func withoutLiterals(text string) string { return literals.ReplaceAllString(text, " ") }

var (
	kotlinMain    = regexp.MustCompile(`(?m)^\s*(?:suspend\s+)?fun\s+main\s*\(`)
	kotlinPackage = regexp.MustCompile(`(?m)^\s*package\s+([\p{L}\p{N}_.]+)`)
)

// kotlinClass finds the file with a function main: x.kt makes the class XKt.
func (b *Build) kotlinClass(sources []string, entry string, read func(string) ([]byte, error)) error {
	if entry != "" {
		return b.namedClass(entry)
	}
	var mains []class
	for _, name := range sources {
		text, err := read(name)
		if err != nil {
			return err
		}
		plain := withoutLiterals(string(text))
		if !kotlinMain.MatchString(plain) {
			continue
		}
		pkg := ""
		if m := kotlinPackage.FindStringSubmatch(plain); m != nil {
			pkg = m[1]
		}
		mains = append(mains, class{name: join(pkg, kotlinFacade(name)), file: name})
	}
	if len(mains) == 0 { // it compiles, perhaps, and java says what is missing
		mains = []class{{name: kotlinFacade(sources[0])}}
	}
	for _, c := range mains {
		if simple(c.name) == "MainKt" {
			b.mainClass = c.name
			return nil
		}
	}
	b.mainClass = mains[0].name
	return nil
}

var notInNames = regexp.MustCompile(`[^\p{L}\p{N}_$]`)

// kotlinFacade is the class of the functions of a file: its name with a capital
// letter, what no name may have made to _, and Kt. Source: JetBrains/kotlin
// PackagePartClassUtils.
func kotlinFacade(name string) string {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	base = notInNames.ReplaceAllString(base, "_")
	if base != "" && base[0] >= '0' && base[0] <= '9' {
		base = "_" + base
	}
	return strings.ToUpper(base[:min(1, len(base))]) + base[min(1, len(base)):] + "Kt"
}
