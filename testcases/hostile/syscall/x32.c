/*
 * @name x32
 * @kind escape-attempt
 * @why the same call with bit 30 of its number set is another call table; a filter that compares numbers only lets it through
 * @needs gcc x86_64
 * @args {each}
 * @each getpid socket high
 * @expect syscall | ok
 * @expect stdout-lacks ESCAPED
 * @unsandboxed skip
 *
 * A kernel without x32 answers ENOSYS, if the filter lets it come to that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long nr = SYS_getpid | 0x40000000, r;

	if (argc > 1 && strcmp(argv[1], "socket") == 0)
		nr = SYS_socket | 0x40000000;
	else if (argc > 1 && strcmp(argv[1], "high") == 0)
		nr = SYS_socket | (1L << 32); /* the kernel reads 32 bits of it */
	r = syscall(nr, 2, 1, 0);
	printf("%s %ld\n", r >= 0 ? "ESCAPED" : "BLOCKED", r);
	return 0;
}
