/*
 * @name kernel-objects
 * @kind resource
 * @why descriptors that are no files, in as many processes as there may be: event counters, timers, epoll sets that watch one another
 * @needs gcc
 * @limits nofile=64 pids=16 memory=64MiB wall=8s
 * @expect ok
 * @expect stdout-contains LIMITED
 * @expect stdout-lacks UNLIMITED
 * @expect peak-memory<=64MiB
 * @unsandboxed stdout-contains UNLIMITED
 *
 * At most 10000 objects.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	long *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int c = 0; c < 20; c++) {
		pid_t p = fork();

		if (p < 0)
			break;
		if (p > 0)
			continue;
		for (int i = 0; i < 500; i++) {
			struct epoll_event e = { EPOLLIN | EPOLLET, { 0 } };
			int fd = i % 3 == 0 ? eventfd(1, 0) : i % 3 == 1 ? timerfd_create(CLOCK_MONOTONIC, 0) : epoll_create1(0);

			if (fd < 0)
				break;
			if (i % 3 == 2)
				epoll_ctl(fd, EPOLL_CTL_ADD, fd - 1, &e);
			__sync_fetch_and_add(made, 1);
		}
		usleep(300000);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	printf("%s %ld\n", *made >= 8000 ? "UNLIMITED" : "LIMITED", *made);
	return 0;
}
