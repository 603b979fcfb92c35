/*
 * @name priority-raised
 * @kind escape-attempt
 * @why a priority above all others would stop the machine, what watches over the run included
 * @needs gcc
 * @args {each}
 * @each fifo rr deadline nice ioprio
 * @limits wall=4s
 * @expect ok | syscall
 * @expect stdout-lacks ESCAPED
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
} deadline = { 48, 6, 0, 0, 0, 5000000, 10000000, 10000000 };

int main(int argc, char **argv)
{
	struct sched_param p = { 1 };
	const char *how = argc > 1 ? argv[1] : "fifo";
	int r;

	if (strcmp(how, "fifo") == 0)
		r = sched_setscheduler(0, SCHED_FIFO, &p);
	else if (strcmp(how, "rr") == 0)
		r = sched_setscheduler(0, SCHED_RR, &p);
	else if (strcmp(how, "deadline") == 0)
		r = (int)syscall(SYS_sched_setattr, 0, &deadline, 0);
	else if (strcmp(how, "nice") == 0)
		r = setpriority(PRIO_PROCESS, 0, -20);
	else
		r = (int)syscall(SYS_ioprio_set, 1, 0, 1 << 13);
	printf("%s %s (%s)\n", r < 0 ? "BLOCKED" : "ESCAPED", how, r < 0 ? strerror(errno) : "done");
	return 0;
}
