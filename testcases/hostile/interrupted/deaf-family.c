/*
 * @name deaf-family
 * @kind robustness
 * @why judge is asked to end, or is killed, while a family of processes ignores everything; judge's end must be theirs
 * @needs gcc
 * @each SIGTERM SIGINT SIGHUP SIGKILL
 * @host interrupt {each} 300ms
 * @limits cpu=8s wall=9s pids=16
 * @expect interrupted
 * @expect returns-within 3s
 * @unsandboxed skip
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	time_t end = time(NULL) + 8;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_IGN);
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			setsid();
			if (fork() != 0)
				_exit(0);
			if (i == 0)
				kill(getpid(), SIGSTOP);
			while (time(NULL) < end)
				usleep(i * 1000);
			_exit(0);
		}
	while (time(NULL) < end)
		pause();
	return 0;
}
