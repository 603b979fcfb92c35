// Command program does what its argument says, for the runs on arm64.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	switch os.Args[1] {
	case "id":
		fmt.Println(os.Getpid(), os.Getuid() >= 1_900_000_000)
	case "memory":
		for range 4 << 10 { // bounded, should the limit fail
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			kept = append(kept, b)
		}
	case "processor":
		for began := time.Now(); time.Since(began) < time.Minute; { // bounded, should the limit fail
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "socket":
		_, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		fmt.Println(err)
	case "kill":
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGKILL); err != nil {
			fmt.Println(err)
		}
	case "threads":
		done := make(chan int)
		for i := range 50 {
			go func() {
				time.Sleep(10 * time.Millisecond)
				done <- i
			}()
		}
		sum := 0
		for range 50 {
			sum += <-done
		}
		fmt.Println(sum)
	case "term":
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		fmt.Println("ready")
		fmt.Println(<-c)
	}
}

var kept [][]byte
