/*
 * @name collect-exchanged
 * @kind escape-attempt
 * @why children that outlive their parent keep exchanging the output file for a link to a file of the host, while it is being collected
 * @needs gcc
 * @args {canary}
 * @repeat 5
 * @limits pids=8 cpu=4s
 * @collect out.txt
 * @expect ok
 * @expect collected-lacks out.txt {secret}
 * @expect returns-within 3s
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 4;
	close(open("out.txt", O_CREAT | O_WRONLY, 0644));
	if (symlink(argv[1], "link") < 0)
		return 5;
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			setsid();
			for (long n = 0; n < 3000000; n++)
				renameat2(AT_FDCWD, "out.txt", AT_FDCWD, "link", RENAME_EXCHANGE);
			_exit(0);
		}
	usleep(50000);
	return 0;
}
