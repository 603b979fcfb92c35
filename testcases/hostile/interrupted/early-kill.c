/*
 * @name early-kill
 * @kind robustness
 * @why judge is killed while it is still setting the run up; no process may be left, and the next run must find what was left
 * @needs gcc
 * @each 0ms 1ms 2ms 3ms 5ms 8ms 13ms
 * @repeat 5
 * @host interrupt SIGKILL {each}
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
