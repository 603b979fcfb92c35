/*
 * @name kill-everybody
 * @kind escape-attempt
 * @why sends every signal to every process there is, to the first one by its number, to groups and threads; what watches over the run must not feel it
 * @needs gcc
 * @args {each}
 * @each all init group queue
 * @limits pids=8 wall=6s
 * @expect ok
 * @expect stdout-contains ALIVE
 * @unsandboxed skip
 *
 * Does nothing as root.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *whom = argc > 1 ? argv[1] : "";

	if (geteuid() == 0)
		return 4;
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	for (int s = 1; s <= 64; s++) {
		siginfo_t info = { .si_signo = s };

		info.si_code = SI_QUEUE;
		if (strcmp(whom, "all") == 0) {
			kill(-1, s == SIGKILL || s == SIGSTOP ? 0 : s);
		} else if (strcmp(whom, "init") == 0) {
			kill(1, s);
			syscall(SYS_tgkill, 1, 1, s);
			syscall(SYS_tkill, 1, s);
		} else if (strcmp(whom, "group") == 0) {
			kill(-1 * getpgid(1), s == SIGKILL || s == SIGSTOP ? 0 : s);
		} else {
			syscall(SYS_rt_sigqueueinfo, 1, s, &info);
			syscall(SYS_rt_tgsigqueueinfo, 1, 1, s, &info);
		}
	}
	/* kill(-1) spares the caller, and the first process of the namespace. */
	if (strcmp(whom, "all") == 0) {
		kill(-1, SIGSTOP);
		kill(-1, SIGKILL);
	}
	usleep(300000);
	puts("ALIVE");
	return 0;
}
