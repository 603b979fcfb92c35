/*
 * @name stdout-odd-flags
 * @kind robustness
 * @why the pipe that stdout is belongs to judge as well: not to block, to send signals, to be as small or as large as may be, none of it may lose a byte or stop the reader
 * @needs gcc
 * @args {each}
 * @each nonblock async small large packet
 * @expect ok
 * @expect stdout-bytes 1048576
 * @expect returns-within 5s
 * @unsandboxed same
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	static char block[4096];
	long done = 0;

	memset(block, 'x', sizeof block);
	signal(SIGIO, SIG_IGN);
	if (strcmp(how, "async") == 0) {
		fcntl(1, F_SETOWN, 1);
		fcntl(1, F_SETSIG, SIGKILL);
		fcntl(1, F_SETFL, O_ASYNC);
		fcntl(0, F_SETFL, O_ASYNC | O_NONBLOCK);
	} else if (strcmp(how, "small") == 0) {
		fcntl(1, F_SETPIPE_SZ, 4096);
	} else if (strcmp(how, "large") == 0) {
		fcntl(1, F_SETPIPE_SZ, 1 << 20);
	} else if (strcmp(how, "packet") == 0) {
		fcntl(1, F_SETFL, O_DIRECT);
	}
	if (strcmp(how, "nonblock") == 0)
		fcntl(1, F_SETFL, O_NONBLOCK);
	while (done < 1 << 20) {
		struct pollfd p = { 1, POLLOUT, 0 };
		size_t want = strcmp(how, "packet") == 0 ? 64 : sizeof block;
		ssize_t n = write(1, block, want);

		if (n < 0 && errno == EAGAIN)
			poll(&p, 1, -1);
		else if (n <= 0)
			return 5;
		else
			done += n;
	}
	return 0;
}
