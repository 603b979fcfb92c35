// Reads a name and numbers; greets, and prints their sum.

//go:build ignore

package main

import "fmt"

func main() {
	var name string
	fmt.Scan(&name)
	sum := 0
	for {
		var n int
		if _, err := fmt.Scan(&n); err != nil {
			break
		}
		sum += n
	}
	fmt.Printf("Hello, %s!\n%d\n", name, sum)
}
