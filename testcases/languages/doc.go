// Package languages holds two programs of each language that judge brings a
// preset for: hello, which is compiled and run under the policies that the preset
// names, and broken, which must not compile.
package languages
