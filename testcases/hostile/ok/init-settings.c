/*
 * @name init-settings
 * @kind escape-attempt
 * @why process 1 and process 0 as the target of calls that change another process: limits, priorities, processors, groups
 * @needs gcc
 * @args {each}
 * @each nofile cpu nice affinity scheduler ioprio pgid read
 * @expect ok | syscall
 * @expect stdout-lacks ESCAPED
 * @unsandboxed skip
 *
 * Does nothing as root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static long attempt(const char *what)
{
	struct rlimit low = { 0, 0 };
	struct sched_param param = { 0 };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (strcmp(what, "nofile") == 0)
		return prlimit(1, RLIMIT_NOFILE, &low, NULL);
	if (strcmp(what, "cpu") == 0)
		return prlimit(1, RLIMIT_CPU, &low, NULL);
	if (strcmp(what, "nice") == 0)
		return setpriority(PRIO_PROCESS, 1, 19);
	if (strcmp(what, "affinity") == 0)
		return sched_setaffinity(1, sizeof set, &set);
	if (strcmp(what, "scheduler") == 0)
		return sched_setscheduler(1, SCHED_IDLE, &param);
	if (strcmp(what, "ioprio") == 0)
		return syscall(SYS_ioprio_set, 1, 1, 3 << 13);
	if (strcmp(what, "pgid") == 0)
		return setpgid(1, getpid());
	return prlimit(1, RLIMIT_NOFILE, NULL, &low);
}

int main(int argc, char **argv)
{
	long r;

	if (geteuid() == 0 || argc < 2)
		return 4;
	r = attempt(argv[1]);
	printf("%s %s (%s)\n", r < 0 ? "BLOCKED" : "ESCAPED", argv[1], r < 0 ? strerror(errno) : "done");
	return 0;
}
