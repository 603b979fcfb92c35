/*
 * @name stdout-unread
 * @kind robustness
 * @why nobody reads what judge passes on, and the pipe is full: clocks, report and end must not wait for the reader
 * @needs gcc
 * @host stdout unread
 * @limits wall=1s cpu=2s
 * @expect wall-time
 * @expect returns-within 4s
 * @unsandboxed skip
 */
#include <string.h>
#include <unistd.h>

int main(void)
{
	static char block[1 << 20];

	memset(block, 'x', sizeof block);
	for (int i = 0; i < 4; i++)
		if (write(1, block, sizeof block) < 0)
			return 4;
	sleep(8);
	return 5;
}
