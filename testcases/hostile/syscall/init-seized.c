/*
 * @name init-seized
 * @kind escape-attempt
 * @why calls that reach into another process: process 1, which judge made and which began with judge's descriptors, memory and namespaces
 * @needs gcc
 * @args {each}
 * @each pidfd_getfd setns process_vm_writev process_madvise kcmp ptrace move_pages
 * @expect ok | syscall
 * @expect stdout-lacks ESCAPED
 * @unsandboxed stdout-contains ESCAPED
 *
 * "all" makes all attempts, for policies that answer with an error. Refused
 * means that the right to do it is missing, whatever the arguments are.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define TARGET 1

static int pidfd;

static long get_descriptor(void)
{
	for (int fd = 0; fd < 16; fd++)
		if (syscall(SYS_pidfd_getfd, pidfd, fd, 0) >= 0 || errno == EBADF)
			return 0; /* EBADF: there is no such descriptor, and we may know */
	return -1;
}

static long join(void)
{
	static const int flags[] = { CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER };

	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
		if (setns(pidfd, flags[i]) == 0)
			return 0;
	errno = EPERM;
	return -1;
}

static long overwrite(void)
{
	char byte = 0;
	struct iovec own = { &byte, 1 }, other = { (void *)0x10000, 1 };
	long r = process_vm_writev(TARGET, &own, 1, &other, 1, 0);

	return r < 0 && errno == EFAULT ? 0 : r;
}

static long advise(void)
{
	struct iovec other = { (void *)0x10000, 4096 };
	long r = syscall(440, pidfd, &other, 1, 21 /* MADV_PAGEOUT */, 0);

	return r < 0 && errno == ENOMEM ? 0 : r;
}

static long compare(void) { return syscall(SYS_kcmp, getpid(), TARGET, 2, 0, 0); }

static long seize(void) { return ptrace(PTRACE_SEIZE, TARGET, 0, 0); }

static long move(void) { return syscall(SYS_move_pages, TARGET, 0, 0, 0, 0, 0); }

static const struct { const char *name; long (*attempt)(void); } all[] = {
	{ "pidfd_getfd", get_descriptor },
	{ "setns", join },
	{ "process_vm_writev", overwrite },
	{ "process_madvise", advise },
	{ "kcmp", compare },
	{ "ptrace", seize },
	{ "move_pages", move },
};

int main(int argc, char **argv)
{
	int escaped = 0;

	pidfd = syscall(SYS_pidfd_open, TARGET, 0);
	for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
		int st = 0;
		pid_t c;

		if (argc > 1 && strcmp(argv[1], "all") != 0 && strcmp(argv[1], all[i].name) != 0)
			continue;
		fflush(stdout);
		c = fork();
		if (c == 0) {
			long r = all[i].attempt();

			printf("%s %s (%s)\n", r < 0 ? "BLOCKED" : "ESCAPED", all[i].name, r < 0 ? strerror(errno) : "done");
			fflush(stdout);
			_exit(r >= 0);
		}
		waitpid(c, &st, 0);
		if (WIFSIGNALED(st))
			printf("BLOCKED %s (signal %d)\n", all[i].name, WTERMSIG(st));
		escaped |= WIFEXITED(st) && WEXITSTATUS(st);
	}
	puts("DONE");
	return escaped ? 99 : 0;
}
