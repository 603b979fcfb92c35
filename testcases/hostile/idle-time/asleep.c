/*
 * @name asleep
 * @kind resource
 * @why does nothing at all, so that waiting for the wall limit would be a waste
 * @needs gcc
 * @limits wall=8s cpu=2s idle=600ms
 * @expect idle-time
 * @expect wall-time>=550ms
 * @expect wall-time<=2500ms
 * @expect returns-within 4s
 * @unsandboxed skip
 */
#include <unistd.h>

int main(void)
{
	sleep(6);
	return 0;
}
