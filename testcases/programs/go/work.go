package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func main() {
	var wait sync.WaitGroup
	sums := make(chan int, 100)
	for i := range 10000 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if i%100 == 0 {
				time.Sleep(time.Millisecond)
			}
			garbage := make([]byte, 10000)
			sums <- len(garbage) * i % 7
		}()
	}
	go func() { wait.Wait(); close(sums) }()
	total := 0
	for s := range sums {
		total += s
	}
	runtime.GC()
	fmt.Println("sum", total)

	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGUSR1)
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		fmt.Println(err)
	}
	fmt.Println(<-caught)
	for range 3 {
		out, err := exec.Command("sh", "-c", "echo child; exit 3").Output()
		fmt.Printf("%s%v\n", out, err)
	}
	if err := os.WriteFile("f", make([]byte, 1<<20), 0o600); err != nil {
		fmt.Println(err)
	}
	entries, err := os.ReadDir("/box")
	fmt.Println(len(entries) > 0, err)
}
