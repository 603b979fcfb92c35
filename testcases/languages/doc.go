// Package languages holds programs of each language that judge brings a preset
// for: hello, and in some languages the same in several files, is compiled and
// run under the policies that the preset names; broken must not compile; garbage,
// where a collector lets its heap grow to a limit that it is told, must do with 256 MiB.
// With -rootfs NAME (go test ./testcases/languages -rootfs contest) it is done in a rootfs.
package languages
