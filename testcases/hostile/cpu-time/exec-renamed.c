/*
 * @name exec-renamed
 * @kind resource
 * @why executes itself for ever, each time under another name and with another name for the process; no program lives for more than a few milliseconds
 * @needs gcc
 * @limits cpu=1s wall=9s
 * @expect cpu-time
 * @expect cpu-time>=900ms
 * @expect cpu-time<=1800ms
 * @expect stdout-lacks FINISHED
 * @unsandboxed stdout-contains FINISHED
 *
 * Ends by itself after four seconds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static int copy(const char *from, const char *to)
{
	static char buf[4 << 20];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n = read(in, buf, sizeof buf);

	if (in < 0 || out < 0 || n <= 0 || write(out, buf, (size_t)n) != n)
		return -1;
	close(in);
	return close(out);
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 0, end = argc > 2 ? atol(argv[2]) : time(NULL) + 4;
	char from[64], to[64], number[32], until[32];

	if (time(NULL) >= end) {
		puts("FINISHED");
		return 0;
	}
	snprintf(from, sizeof from, "./step-%ld", n);
	snprintf(to, sizeof to, "./step-%ld", n + 1);
	snprintf(number, sizeof number, "%ld", n + 1);
	snprintf(until, sizeof until, "%ld", end);
	prctl(PR_SET_NAME, number);
	if (n == 0 ? copy(argv[0], to) < 0 : rename(from, to) < 0)
		return 4;
	for (volatile long i = 0; i < 2000000; i++)
		;
	execl(to, "[kworker/0:1]", number, until, (char *)NULL);
	return 5;
}
