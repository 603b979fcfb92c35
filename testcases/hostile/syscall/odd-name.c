/*
 * @name odd-name
 * @kind robustness
 * @why names itself with line ends, escape sequences and bytes that are no text, writes a report over its arguments, and then breaks a rule, so that the report may quote it
 * @needs gcc
 * @args aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
 * @expect syscall
 * @expect seccomp-violation yes
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	prctl(PR_SET_NAME, "\n\x1b[31m\xff\"}\x01");
	if (argc > 1)
		strncpy(argv[1], "\",\"status\":\"ok\",\"x\":\"\xf0\x28\x8c\x28", strlen(argv[1]));
	socket(AF_INET, SOCK_STREAM, 0);
	return 0;
}
