/*
 * @name stop-all
 * @kind robustness
 * @why stops its children, its group and itself; a stopped process does not end by a signal that can be caught or ignored
 * @needs gcc
 * @args {each}
 * @each self group child
 * @limits wall=1s cpu=2s pids=8
 * @expect wall-time
 * @expect wall-time<=2s
 * @expect returns-within 3s
 * @unsandboxed skip
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "self";

	if (strcmp(how, "group") == 0) {
		setpgid(0, 0);
		for (int i = 0; i < 4; i++)
			if (fork() == 0)
				for (;;)
					pause();
		kill(0, SIGSTOP);
	} else if (strcmp(how, "child") == 0) {
		pid_t c = fork();

		if (c == 0) {
			kill(getpid(), SIGSTOP);
			_exit(0);
		}
		waitpid(c, NULL, 0);
	} else {
		kill(getpid(), SIGSTOP);
	}
	return 4;
}
