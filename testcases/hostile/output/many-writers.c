/*
 * @name many-writers
 * @kind resource
 * @why eight processes, none of which writes more than is allowed; together they write four times as much, through descriptors of their own
 * @needs gcc
 * @limits output=1MiB pids=16 wall=8s
 * @expect output
 * @expect stdout-bytes<=1048576
 * @expect returns-within 5s
 * @unsandboxed stdout-bytes>=4000000
 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	static char block[4096];

	memset(block, 'x', sizeof block);
	for (int c = 0; c < 8; c++) {
		if (fork() != 0)
			continue;
		int fd = open("/dev/stdout", O_WRONLY);

		for (int i = 0; i < 128; i++)
			if (write(fd < 0 ? 1 : fd, block, sizeof block) <= 0)
				_exit(1);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
