/*
 * @name stdout-gone
 * @kind robustness
 * @why judge was started with its stdout closed, or with a pipe whose reader is gone; that is no reason to fail for a program that writes little and minds nothing
 * @needs gcc
 * @args {each}
 * @each closed broken
 * @host stdout {each}
 * @expect ok
 * @expect stdout-bytes 0
 * @expect stderr-contains WROTE
 * @unsandboxed skip
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 3; i++) {
		if (write(1, "hello\n", 6) != 6)
			perror("write");
		usleep(50000);
	}
	fputs("WROTE\n", stderr);
	return 0;
}
