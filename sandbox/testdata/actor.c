// actor does what its arguments say, one after the other:
//
//	exit N          kill SIG        ignore SIG      sleep MS        spin MS
//	print TEXT      err TEXT        fill N          fillerr N       cat
//	eat MIB         socket          forks N         mkdirs N        file NAME BYTES
//	fifo NAME       link TO NAME    read NAME       write NAME      sparse NAME BYTES
//	pids N          fds             closein         orphan          id
//
// forks N starts N children that sleep for long, each in a session of its own.
#define _GNU_SOURCE
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void say(int fd, const char *text) { if (write(fd, text, strlen(text)) < 0) _exit(90); }

static void pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static void spin_ms(long ms)
{
	struct timespec t;
	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < ms);
}

static void fill(int fd, long n)
{
	static char block[4096];
	memset(block, 'x', sizeof block);
	while (n > 0) {
		ssize_t w = write(fd, block, n < (long)sizeof block ? (size_t)n : sizeof block);
		if (w < 0)
			_exit(91);
		n -= w;
	}
}

// A failed step ends with 100 + errno (1 to 99), so that a test sees which error it was.
static void must(long result) { if (result < 0) _exit(100 + errno); }

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i], *n = i + 1 < argc ? argv[i + 1] : "0";
		if (!strcmp(a, "exit")) _exit(atoi(n));
		else if (!strcmp(a, "kill")) { kill(getpid(), atoi(n)); i++; }
		else if (!strcmp(a, "ignore")) { signal(atoi(n), SIG_IGN); i++; }
		else if (!strcmp(a, "sleep")) { pause_ms(atol(n)); i++; }
		else if (!strcmp(a, "spin")) { spin_ms(atol(n)); i++; }
		else if (!strcmp(a, "print")) { say(1, n); i++; }
		else if (!strcmp(a, "err")) { say(2, n); i++; }
		else if (!strcmp(a, "fill")) { fill(1, atol(n)); i++; }
		else if (!strcmp(a, "fillerr")) { fill(2, atol(n)); i++; }
		else if (!strcmp(a, "cat")) {
			char buf[65536];
			ssize_t r;
			while ((r = read(0, buf, sizeof buf)) > 0)
				must(write(1, buf, r));
			must(r);
		} else if (!strcmp(a, "eat")) {
			for (long m = atol(n); m > 0; m--)
				memset(malloc(1 << 20), 1, 1 << 20);
			i++;
		} else if (!strcmp(a, "socket")) { must(socket(AF_INET, SOCK_STREAM, 0)); }
		else if (!strcmp(a, "forks")) {
			for (long k = atol(n); k > 0; k--)
				if (fork() == 0) { setsid(); pause_ms(600000); _exit(0); }
			i++;
		} else if (!strcmp(a, "orphan")) { // a grandchild holds the streams when this has ended
			if (fork() == 0) { if (fork() == 0) { setsid(); pause_ms(600000); } _exit(0); }
		} else if (!strcmp(a, "pids")) { // as many as the limit lets
			long k = 0;
			while (k < atol(n)) { pid_t p = fork(); if (p == 0) { pause_ms(600000); } if (p < 0) break; k++; }
			i++;
		} else if (!strcmp(a, "mkdirs")) { // one below the other
			for (long k = atol(n); k > 0; k--) { must(mkdir("d", 0777)); must(chdir("d")); }
			must(chdir("/box"));
			i++;
		} else if (!strcmp(a, "file")) { // NAME BYTES
			int fd = open(n, O_WRONLY | O_CREAT | O_TRUNC, 0644);
			must(fd); fill(fd, atol(argv[i + 2])); close(fd); i += 2;
		} else if (!strcmp(a, "sparse")) {
			int fd = open(n, O_WRONLY | O_CREAT, 0644);
			must(fd); must(ftruncate(fd, atol(argv[i + 2]))); close(fd); i += 2;
		} else if (!strcmp(a, "fifo")) { must(mkfifo(n, 0666)); i++; }
		else if (!strcmp(a, "mkdir")) { must(mkdir(n, 0777)); i++; }
		else if (!strcmp(a, "link")) { must(symlink(n, argv[i + 2])); i += 2; }
		else if (!strcmp(a, "read")) { // the whole file to stdout
			char buf[4096];
			int fd = open(n, O_RDONLY);
			must(fd);
			for (ssize_t r; (r = read(fd, buf, sizeof buf)) != 0;) { must(r); must(write(1, buf, r)); }
			close(fd); i++;
		} else if (!strcmp(a, "write")) { // appends a byte to what is there
			int fd = open(n, O_WRONLY | O_APPEND);
			must(fd); must(write(fd, "w", 1)); close(fd); i++;
		} else if (!strcmp(a, "list")) { // a directory's names
			DIR *d = opendir(n);
			if (!d) _exit(100 + errno);
			for (struct dirent *e; (e = readdir(d));) { say(1, e->d_name); say(1, "\n"); }
			closedir(d); i++;
		} else if (!strcmp(a, "closein")) { close(0); }
		else if (!strcmp(a, "id")) { char t[64]; snprintf(t, sizeof t, "%d %d\n", getuid(), getgid()); say(1, t); }
		else _exit(99);
	}
	return 0;
}
