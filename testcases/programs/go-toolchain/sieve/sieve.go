// Package sieve finds primes with a goroutine for each.
package sieve

// Below lists the primes below n.
func Below(n int) []int {
	var primes []int
	numbers := make(chan int)
	go func() {
		defer close(numbers)
		for i := 2; i < n; i++ {
			numbers <- i
		}
	}()
	for in := numbers; ; {
		p, ok := <-in
		if !ok {
			return primes
		}
		primes = append(primes, p)
		rest := make(chan int)
		go func(in <-chan int) {
			defer close(rest)
			for i := range in {
				if i%p != 0 {
					rest <- i
				}
			}
		}(in)
		in = rest
	}
}
