/*
 * @name early
 * @kind robustness
 * @why the signal comes while judge is still setting the run up, each time a little later; whatever was made by then must go
 * @needs gcc
 * @each 0ms 1ms 2ms 3ms 5ms 8ms 13ms
 * @repeat 5
 * @host interrupt SIGTERM {each}
 * @expect interrupted
 * @expect returns-within 3s
 * @unsandboxed skip
 */
#include <unistd.h>

int main(void)
{
	sleep(5);
	return 5;
}
