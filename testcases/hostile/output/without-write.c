/*
 * @name without-write
 * @kind resource
 * @why bytes reach stdout without a write: spliced, teed, sent from a file, mapped from memory
 * @needs gcc
 * @args {each}
 * @each sendfile splice vmsplice writev
 * @limits output=1MiB cpu=3s wall=8s
 * @expect output | syscall
 * @expect stdout-bytes<=1048576
 * @expect returns-within 5s
 * @unsandboxed stdout-bytes>=8000000
 *
 * Sends 8 MiB at most.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

static char block[1 << 16];

static ssize_t some(const char *how, int file, const int *p)
{
	struct iovec v[4] = { { block, sizeof block }, { block, sizeof block }, { block, sizeof block }, { block, sizeof block } };
	off_t zero = 0;
	loff_t start = 0;

	if (strcmp(how, "sendfile") == 0)
		return sendfile(1, file, &zero, sizeof block);
	if (strcmp(how, "splice") == 0) {
		ssize_t n = splice(file, &start, p[1], NULL, sizeof block, 0);

		return n <= 0 ? n : splice(p[0], NULL, 1, NULL, (size_t)n, 0);
	}
	if (strcmp(how, "vmsplice") == 0)
		return vmsplice(1, v, 1, 0);
	return writev(1, v, 4);
}

int main(int argc, char **argv)
{
	int file = open("source", O_RDWR | O_CREAT, 0600), p[2];

	signal(SIGPIPE, SIG_IGN);
	memset(block, 'x', sizeof block);
	if (file < 0 || pipe(p) < 0 || write(file, block, sizeof block) != (ssize_t)sizeof block)
		return 4;
	for (long done = 0; done < 8 << 20;) {
		ssize_t n = some(argc > 1 ? argv[1] : "", file, p);

		if (n <= 0)
			return 5;
		done += n;
	}
	return 0;
}
