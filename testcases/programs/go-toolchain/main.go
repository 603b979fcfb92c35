// Command primes prints the primes below its argument.
package main

import (
	"fmt"
	"os"
	"strconv"

	"example.org/primes/sieve"
)

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Println(sieve.Below(n))
}
