/*
 * @name raise-sigsys
 * @kind accounting
 * @why the signal of a filter without a filter: plainly, and with a forged note that says a filter sent it
 * @needs gcc
 * @args {each}
 * @each plain forged child
 * @expect signal 31
 * @expect seccomp-violation no
 * @expect oom-kill no
 * @unsandboxed same
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	siginfo_t info;

	if (argc > 1 && strcmp(argv[1], "forged") == 0) {
		memset(&info, 0, sizeof info);
		info.si_signo = SIGSYS;
		info.si_code = 1; /* SYS_SECCOMP; to itself a process may send any code */
		info.si_syscall = SYS_socket;
		info.si_arch = 0xc000003e;
		syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGSYS, &info);
	} else if (argc > 1 && strcmp(argv[1], "child") == 0) {
		if (fork() == 0) {
			kill(getppid(), SIGSYS);
			_exit(0);
		}
		wait(NULL);
	} else {
		kill(getpid(), SIGSYS);
	}
	return 4;
}
