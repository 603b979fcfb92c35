/*
 * @name tiny-work
 * @kind resource
 * @why wakes up all the time and does next to nothing, to look busy: well below one percent of a core is idle
 * @needs gcc
 * @limits wall=9s cpu=2s idle=1s
 * @expect idle-time
 * @expect wall-time>=950ms
 * @expect wall-time<=4s
 * @unsandboxed skip
 */
#include <unistd.h>

int main(void)
{
	for (int i = 0; i < 80; i++) {
		for (volatile int k = 0; k < 10000; k++)
			;
		usleep(100000);
	}
	return 0;
}
