/*
 * @name detached-workers
 * @kind resource
 * @why the work is done by processes in sessions of their own whose parents are gone, while the first one only sleeps
 * @needs gcc
 * @limits cpu=1s wall=8s pids=16
 * @expect cpu-time
 * @expect cpu-time>=900ms
 * @expect cpu-time<=1800ms
 * @expect stdout-lacks FINISHED
 * @expect returns-within 4s
 * @unsandboxed stdout-contains FINISHED
 *
 * The workers end after three seconds, the first process after four.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	time_t end = time(NULL) + 3;

	for (int i = 0; i < 3; i++) {
		if (fork() == 0) {
			setsid();
			if (fork() != 0)
				_exit(0);
			signal(SIGXCPU, SIG_IGN);
			while (time(NULL) < end)
				;
			_exit(0);
		}
		wait(NULL);
	}
	sleep(4);
	puts("FINISHED");
	return 0;
}
