/*
 * @name setsid-forks
 * @kind resource
 * @why a fork bomb whose every child forks twice into a session of its own, so that no group and no parent leads to it
 * @needs gcc
 * @limits pids=24 cpu=4s wall=8s
 * @expect ok
 * @expect stdout-contains LIMITED
 * @expect stdout-lacks UNLIMITED
 * @expect returns-within 4s
 * @unsandboxed stdout-contains UNLIMITED
 *
 * At most 120 daemons, each for two seconds.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 120; i++) {
		pid_t c = fork();

		if (c < 0)
			break;
		if (c == 0) {
			setsid();
			c = fork();
			if (c != 0)
				_exit(0);
			__sync_fetch_and_add(made, 1);
			sleep(2);
			_exit(0);
		}
		waitpid(c, NULL, 0);
	}
	usleep(200000);
	printf("%s %d\n", *made >= 120 ? "UNLIMITED" : "LIMITED", *made);
	return 0;
}
