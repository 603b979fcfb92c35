package seccomp

import (
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// TestRuntimes runs ordinary programs under the built-in filters. Nothing that
// they do may end them. It is the evidence for the lists in policy/builtin;
// with -v and JUDGE_SURVEY=1 in the environment it lets pass what is handed
// over, and prints it.
func TestRuntimes(t *testing.T) {
	if testing.Short() {
		t.Skip("feature missing: time for compilers and virtual machines (-short)")
	}
	both, lax := []string{"strict", "default", "compile", "ci"}, []string{"default", "compile", "ci"}
	tests := []struct {
		name     string
		policies []string
		tools    string
		files    map[string]string
		script   string
		want     string
		before   string // outside of the filter
	}{
		{"shell", both, "bash awk sed sort find", nil,
			`set -e; echo b a | tr ' ' '\n' | sort | head -1; ls -l / >/dev/null; id -un; mkdir d; cp -a /etc/hostname d/x; mv d/x d/y; ln -s y d/z; find d -type l; tar cf t.tar d; tar tf t.tar; (sleep 0.01 & wait); ulimit -a >/dev/null; nice true; awk 'BEGIN{print 1}'; test -t 0 || true; df . >/dev/null; ps >/dev/null || true; mkfifo f; touch -d yesterday g; xz -k t.tar; rm -r d; getent passwd root >/dev/null`, "a\n", ""},
		{"C", both, "gcc", map[string]string{"a.c": `#include <stdio.h>
#include <stdlib.h>
#include <pwd.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
static void *f(void *p) { return malloc(1 << 20); }
int main(void) { pthread_t t[4]; int p[2];
for (int i = 0; i < 4; i++) pthread_create(t + i, 0, f, 0);
for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
getpwuid(0); socketpair(AF_UNIX, SOCK_STREAM, 0, p); FILE *x = popen("echo hello", "r"); char b[9]; fgets(b, 9, x); printf("%s", b); return pclose(x); }`},
			`gcc -pthread -o a a.c && ./a && gcc -static -pthread -o b a.c 2>/dev/null && ./b`, "hello\nhello\n", ""},
		{"C++", both, "g++", map[string]string{"a.cc": `#include <iostream>
#include <thread>
#include <future>
#include <random>
#include <filesystem>
#include <chrono>
int main() { std::random_device r; r(); auto f = std::async(std::launch::async, [] { return 42; }); std::this_thread::sleep_for(std::chrono::milliseconds(1));
for (auto &e : std::filesystem::directory_iterator(".")) e.file_size(); try { throw 1; } catch (int) {} std::cout << f.get() << std::endl; }`},
			`g++ -O1 -pthread -o a a.cc && ./a`, "42\n", ""},
		{"make", both, "make gcc", map[string]string{"Makefile": "all: a b\na b:\n\t@echo made > $@\n"}, "make -s -j4 && cat a b", "made\nmade\n", ""},
		{"perl", both, "perl", nil, `perl -e 'use POSIX; use File::Temp; my $p = fork; if (!$p) { exit 3 } waitpid $p, 0; print $? >> 8, "\n"; getpwuid($<); $SIG{ALRM} = sub {}; alarm 1; select undef, undef, undef, 0.01'`, "3\n", ""},
		{"python", both, "python3", map[string]string{"a.py": pythonCompute}, `exec 2>&1; python3 a.py`, "computed\n", ""},
		{"python sockets", lax, "python3", map[string]string{"a.py": pythonNetwork}, `exec 2>&1; python3 a.py`, "connected\n", ""},
		{"node", both, "node", map[string]string{"a.js": nodeCompute}, `exec 2>&1; node a.js`, "worker 42\nchild ok\nfile x\n", ""},
		{"node server", lax, "node", map[string]string{"a.js": nodeNetwork}, `exec 2>&1; node a.js`, "served\n", ""},
		{"java", both, "java javac", map[string]string{"A.java": javaCompute}, `exec 2>&1; java -XX:+UseG1GC A && java -XX:+UseParallelGC A && java -XX:+UseSerialGC -Xmx64m A`, "499500\n499500\n499500\n", "javac A.java"},
		// The library behind java.nio.file makes a socket to see whether there is IP, so strict ends it.
		{"java files", lax, "java javac", map[string]string{"A.java": javaFiles}, `exec 2>&1; javac A.java && java A`, "x\n", ""},
		{"java server", lax, "java javac", map[string]string{"A.java": javaNetwork}, `exec 2>&1; javac A.java && java A`, "served\n", ""},
		{"go", both, "go", map[string]string{"go.mod": "module a\n", "a.go": goCompute, "a_test.go": "package main\nimport \"testing\"\nfunc TestA(t *testing.T) { main() }\n"},
			`exec 2>&1; export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local; go build -o a . && ./a`, "45\n", ""},
		{"go test", lax, "go", map[string]string{"go.mod": "module a\n", "a.go": goCompute, "a_test.go": goServe},
			`exec 2>&1; export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local; go test . >out && go vet . && echo passed`, "passed\n", ""},
		{"git", both, "git", nil, `exec 2>&1; export HOME=$PWD; git init -q r && cd r && git config user.email a@b && git config user.name a && echo x >f && git add f && git commit -qm one && git log --oneline | wc -l && git gc -q && git clone -q . ../s && ls ../s`, "1\nf\n", ""},
		{"rust", both, "rustc", map[string]string{"a.rs": `use std::{thread,process::Command,fs}; fn main() { let h = thread::spawn(|| 42); println!("{}", h.join().unwrap()); Command::new("true").status().unwrap(); fs::write("x", "y").unwrap(); }`}, `rustc -o a a.rs 2>&1 && ./a`, "42\n", ""},
		{"sanitizers", []string{"ci"}, "gcc", map[string]string{"a.c": `int main(void) { return 0; }`}, `exec 2>&1; gcc -fsanitize=address -o a a.c && ./a && gcc -fsanitize=thread -o b a.c && ./b && gcc -fsanitize=undefined -o c a.c && ./c && echo clean`, "clean\n", ""},
		{"debuggers", []string{"ci"}, "strace gdb", nil, `strace -f -o log true && gdb -q -batch -ex run -ex quit true >/dev/null 2>&1; test -s log && echo traced`, "traced\n", ""},
	}
	survey := os.Getenv("JUDGE_SURVEY") != ""
	for _, tt := range tests {
		for _, policy := range tt.policies {
			if policy == "compile" { // the same filter as default, as TestCompileIsDefault holds
				continue
			}
			t.Run(tt.name+"/"+policy, func(t *testing.T) {
				for tool := range strings.FieldsSeq(tt.tools) {
					if _, err := exec.LookPath(tool); err != nil {
						t.Skip("feature missing: ", tool)
					}
				}
				dir := t.TempDir()
				for name, text := range tt.files {
					if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				t.Setenv("TMPDIR", t.TempDir()) // Go ignores a go.mod in TMPDIR itself
				if tt.before != "" {
					cmd := exec.Command("sh", "-c", tt.before)
					cmd.Dir = dir
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Fatalf("%s: %v: %s", tt.before, err, out)
					}
				}
				f := nativeFilter(t, policy, Options{})
				o := underFilter(t, f.Program, survey, dir, "bash", "-c", tt.script)
				if len(o.calls) > 0 {
					t.Errorf("handed over: %s", strings.Join(distinct(o.calls), "; "))
				}
				if !strings.HasPrefix(o.stdout, tt.want) || !o.state.Success() {
					t.Errorf("%v; stdout %q, want %q; stderr %q", o.state, o.stdout, tt.want, o.stderr)
				}
			})
		}
	}
}

func distinct(calls []Call) []string {
	count := map[string]bool{}
	var list []string
	for _, c := range calls {
		if s := c.String(); !count[s] {
			count[s] = true
			list = append(list, s)
		}
	}
	sort.Strings(list)
	return list
}

const pythonCompute = `
import threading, multiprocessing, subprocess, tempfile, os, time, getpass, sqlite3, asyncio, signal, resource, mmap, select, socket, platform, random, uuid, ssl, ctypes
from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor
def f(x): return x * x
if __name__ == "__main__":
    assert list(ThreadPoolExecutor(4).map(f, range(4))) == [0, 1, 4, 9]
    with multiprocessing.Pool(2) as p: assert p.map(f, range(4)) == [0, 1, 4, 9]
    with ProcessPoolExecutor(2) as p: assert list(p.map(f, range(4))) == [0, 1, 4, 9]
    assert subprocess.run(["echo", "x"], capture_output=True).stdout == b"x\n"
    async def g():
        p = await asyncio.create_subprocess_exec("true"); await p.wait(); await asyncio.sleep(0.001)
    asyncio.run(g())
    c = sqlite3.connect("a.db"); c.execute("pragma journal_mode=wal"); c.execute("create table t(x)"); c.execute("insert into t values(1)"); c.commit()
    os.path.expanduser("~"); platform.platform(); uuid.uuid4(); os.sched_getaffinity(0); os.getloadavg(); os.cpu_count(); resource.getrlimit(resource.RLIMIT_AS)
    os.setpgid(0, 0); os.nice(1); os.umask(0o22); os.sysconf("SC_PAGE_SIZE"); shm = multiprocessing.shared_memory if hasattr(multiprocessing, "shared_memory") else None
    from multiprocessing import shared_memory
    s = shared_memory.SharedMemory(create=True, size=10); s.close(); s.unlink()
    a, b = socket.socketpair(); a.send(b"x"); b.recv(1)
    signal.setitimer(signal.ITIMER_REAL, 10); os.statvfs("."); os.memfd_create("x"); os.getrandom(4); mmap.mmap(-1, 4096); select.epoll()
    print("computed")
`

const pythonNetwork = `
import socket, socketserver, threading, http.server, urllib.request, multiprocessing.managers
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
s.RequestHandlerClass.log_message = lambda *a: None
threading.Thread(target=s.serve_forever, daemon=True).start()
assert urllib.request.urlopen("http://127.0.0.1:%d/" % s.server_address[1]).status == 200
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); v = socket.socket(socket.AF_UNIX); socket.getaddrinfo("localhost", 80); socket.gethostname(); socket.if_nameindex()
print("connected")
`

const nodeCompute = `
const { Worker, isMainThread, parentPort } = require('worker_threads');
const { execFile } = require('child_process'); const fs = require('fs'); const os = require('os'); const crypto = require('crypto'); const zlib = require('zlib');
if (!isMainThread) { parentPort.postMessage(42); } else {
  os.cpus(); os.userInfo(); os.loadavg(); os.totalmem(); os.hostname(); crypto.randomBytes(8); crypto.scryptSync('a', 'b', 8); zlib.gzipSync('x');
  const w = new Worker(__filename); w.on('message', (m) => { console.log('worker', m);
    execFile('true', (e) => { console.log('child', e ? 'bad' : 'ok');
      fs.writeFile('x', 'x', () => fs.readFile('x', 'utf8', (e, d) => { console.log('file', d); fs.watch('.').close(); fs.copyFileSync('x', 'y'); fs.rmSync('x'); process.exit(0); })); }); });
}
`

const nodeNetwork = `
const http = require('http'); const os = require('os'); os.networkInterfaces();
const s = http.createServer((q, r) => r.end('served\n')).listen(0, '127.0.0.1', () => http.get({ port: s.address().port, host: '127.0.0.1' }, (r) => { r.pipe(process.stdout); r.on('end', () => s.close()); }));
`

const javaCompute = `
import java.util.*; import java.util.stream.*; import java.nio.file.*; import java.util.concurrent.*;
public class A { public static void main(String[] a) throws Exception {
  int s = IntStream.range(0, 1000).parallel().sum(); ExecutorService e = Executors.newFixedThreadPool(4); for (int i = 0; i < 8; i++) e.submit(() -> new byte[1 << 20]); e.shutdown(); e.awaitTermination(1, TimeUnit.SECONDS);
  System.gc(); Process p = new ProcessBuilder("true").start(); p.waitFor(); new Random().nextInt(); java.security.SecureRandom.getInstanceStrong();
  System.out.println(s); } }
`

const javaFiles = `
import java.nio.file.*;
public class A { public static void main(String[] a) throws Exception { Files.writeString(Path.of("t"), "x\n"); System.out.print(Files.readString(Path.of("t"))); } }
`

const javaNetwork = `
import java.net.*;
public class A { public static void main(String[] a) throws Exception {
  ServerSocket s = new ServerSocket(0, 5, InetAddress.getLoopbackAddress()); Thread t = new Thread(() -> { try { s.accept().getOutputStream().write("served\n".getBytes()); } catch (Exception e) {} }); t.start();
  Socket c = new Socket(InetAddress.getLoopbackAddress(), s.getLocalPort()); System.out.write(c.getInputStream().readNBytes(7)); System.out.flush(); t.join(); NetworkInterface.getNetworkInterfaces(); System.exit(0); } }
`

const goCompute = `package main

import ("fmt"; "os"; "os/exec"; "os/signal"; "os/user"; "sync"; "time"; "runtime")

func main() {
	var wg sync.WaitGroup; var mu sync.Mutex; n := 0
	for i := range 10 { wg.Add(1); go func() { defer wg.Done(); runtime.LockOSThread(); mu.Lock(); n += i; mu.Unlock() }() }
	wg.Wait(); time.Sleep(time.Millisecond); exec.Command("true").Run(); user.Current(); os.Hostname(); signal.Notify(make(chan os.Signal, 1)); runtime.GC(); os.WriteFile("f", nil, 0o600)
	fmt.Println(n)
}
`

const goServe = `package main

import ("net"; "net/http"; "net/http/httptest"; "testing")

func TestServe(t *testing.T) {
	main()
	s := httptest.NewServer(http.NotFoundHandler()); defer s.Close()
	if _, err := http.Get(s.URL); err != nil { t.Fatal(err) }
	net.Interfaces(); net.LookupHost("localhost")
}
`
