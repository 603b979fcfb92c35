/*
 * @name own-terminal
 * @kind escape-attempt
 * @why makes a pseudo-terminal of its own, takes it as controlling terminal, and types into it
 * @needs gcc
 * @args {each}
 * @each make type console
 * @expect ok | syscall
 * @expect stdout-lacks ESCAPED
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "make";
	int m = open("/dev/ptmx", O_RDWR | O_NOCTTY), s, r = -1;
	char name[64];

	if (m < 0) {
		printf("BLOCKED terminal (%s)\n", strerror(errno));
		return 0;
	}
	if (strcmp(how, "make") == 0 || grantpt(m) < 0 || unlockpt(m) < 0 || ptsname_r(m, name, sizeof name) != 0) {
		/* One of one's own, in a file system of one's own, is no way out. */
		puts("BLOCKED nothing was tried");
		return 0;
	}
	if (fork() == 0) {
		setsid();
		s = open(name, O_RDWR);
		if (s >= 0)
			r = strcmp(how, "console") == 0 ? ioctl(s, TIOCCONS, 0) : ioctl(s, TIOCSTI, "x");
		printf("%s %s (%s)\n", r < 0 ? "BLOCKED" : "ESCAPED", how, r < 0 ? strerror(errno) : "done");
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	return 0;
}
