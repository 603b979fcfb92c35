package main

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"time"
)

func main() {
	for _, a := range [][2]string{{"tcp4", "localhost:0"}, {"tcp6", "[::1]:0"}, {"unix", "socket"}, {"unix", "@abstract"}} {
		l, err := net.Listen(a[0], a[1])
		if err != nil {
			fmt.Println(err)
			continue
		}
		go serve(l)
		var wait sync.WaitGroup
		answers := make([]string, 50)
		for i := range answers {
			wait.Add(1)
			go func() {
				defer wait.Done()
				answers[i] = ask(l.Addr(), i)
			}()
		}
		wait.Wait()
		fmt.Print(a[0], " ", answers[49])
		l.Close()
	}
	faces, err := net.Interfaces()
	fmt.Println(len(faces), err)
}

func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			line, err := bufio.NewReader(c).ReadString('\n')
			if err == nil {
				fmt.Fprint(c, "got ", line)
			}
		}()
	}
}

func ask(a net.Addr, i int) string {
	c, err := net.DialTimeout(a.Network(), a.String(), 10*time.Second)
	if err != nil {
		return err.Error() + "\n"
	}
	defer c.Close()
	fmt.Fprintln(c, i)
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return err.Error() + "\n"
	}
	return line
}
