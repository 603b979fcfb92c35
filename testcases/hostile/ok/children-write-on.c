/*
 * @name children-write-on
 * @kind robustness
 * @why the first process ends well while eight children write for ever to the stdout that they share with it
 * @needs gcc
 * @limits output=16MiB pids=16 cpu=4s wall=8s
 * @expect ok | output
 * @expect stdout-bytes<=16777216
 * @expect returns-within 3s
 * @unsandboxed skip
 */
#include <string.h>
#include <unistd.h>

int main(void)
{
	static char block[4096];

	memset(block, 'x', sizeof block);
	for (int c = 0; c < 8; c++)
		if (fork() == 0)
			for (int i = 0; i < 100000; i++)
				if (write(1, block, sizeof block) <= 0)
					_exit(0);
	usleep(1000);
	return 0;
}
