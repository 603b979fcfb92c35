module example.org/primes

go 1.22
