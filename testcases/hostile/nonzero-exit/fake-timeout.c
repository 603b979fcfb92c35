/*
 * @name fake-timeout
 * @kind accounting
 * @why catches SIGTERM and SIGXCPU, waits until just before the limits, and exits with the status of a run that was too slow
 * @needs gcc
 * @limits cpu=2s wall=3s
 * @expect nonzero-exit 124
 * @expect wall-time>=1s
 * @expect cpu-time<=300ms
 * @unsandboxed same
 */
#include <signal.h>
#include <unistd.h>

int main(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGXCPU, SIG_IGN);
	usleep(1100000);
	return 124;
}
