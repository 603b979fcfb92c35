/*
 * @name clone3-namespaces
 * @kind escape-attempt
 * @why the flags of clone3 are in memory, where no filter sees them: new namespaces, another cgroup, a process number of one's choice
 * @needs gcc kernel:clone3
 * @expect ok
 * @expect stdout-lacks ESCAPED
 * @expect stdout-contains DONE
 * @unsandboxed stdout-contains ESCAPED
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* struct clone_args of <linux/sched.h>, in full. */
struct args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static int attempt(const char *what, struct args a)
{
	long p;

	a.exit_signal = SIGCHLD;
	fflush(stdout);
	p = syscall(435, &a, sizeof a);
	if (p == 0)
		_exit(0);
	if (p > 0)
		waitpid(p, NULL, 0);
	printf("%s clone3 with %s (%s)\n", p > 0 ? "ESCAPED" : "BLOCKED", what, p > 0 ? "done" : strerror(errno));
	return p > 0;
}

int main(void)
{
	static const struct { const char *name; uint64_t flag; } all[] = {
		{ "a user namespace", 0x10000000 }, { "a mount namespace", 0x00020000 }, { "a network namespace", 0x40000000 },
		{ "a PID namespace", 0x20000000 }, { "an IPC namespace", 0x08000000 }, { "an UTS namespace", 0x04000000 },
		{ "a cgroup namespace", 0x02000000 }, { "a time namespace", 0x00000080 }, { "a user and a mount namespace", 0x10020000 },
	};
	pid_t wanted = 4242;
	int escaped = 0;

	for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
		escaped |= attempt(all[i].name, (struct args){ .flags = all[i].flag });
	escaped |= attempt("a number", (struct args){ .set_tid = (uintptr_t)&wanted, .set_tid_size = 1 });
	escaped |= attempt("a cgroup", (struct args){ .flags = 0x200000000ULL, .cgroup = open("/sys/fs/cgroup", O_PATH) });
	puts("DONE");
	return escaped ? 99 : 0;
}
