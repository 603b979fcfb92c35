//go:build ignore

package main

func main() { unused := 1 }
