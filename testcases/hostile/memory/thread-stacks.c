/*
 * @name thread-stacks
 * @kind resource
 * @why each thread stays below the limit on stacks, all of them together use ten times the memory limit
 * @needs gcc
 * @build -pthread
 * @limits memory=64MiB stack=8MiB pids=64 wall=8s
 * @expect memory
 * @expect oom-kill yes
 * @expect peak-memory<=72MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed stdout-contains UNLIMITED
 *
 * 48 threads touch 6 MiB each.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_barrier_t barrier;

static void *deep(void *arg)
{
	char room[6 << 20];

	memset(room, 1, sizeof room);
	__asm__ volatile("" : : "r"(room) : "memory");
	pthread_barrier_wait(&barrier);
	return arg;
}

int main(void)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_barrier_init(&barrier, NULL, 49);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 7 << 20);
	for (int i = 0; i < 48; i++)
		if (pthread_create(&t, &attr, deep, NULL) != 0)
			return 4;
	pthread_barrier_wait(&barrier);
	puts("UNLIMITED");
	return 0;
}
