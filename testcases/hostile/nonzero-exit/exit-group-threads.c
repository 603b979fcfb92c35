/*
 * @name exit-group-threads
 * @kind robustness
 * @why a thread ends the process while others compute, fork and write; the status is the one that the thread gave
 * @needs gcc
 * @build -pthread
 * @limits pids=32 wall=5s
 * @expect nonzero-exit 77
 * @expect returns-within 3s
 * @unsandboxed same
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *busy(void *arg)
{
	for (;;)
		__asm__ volatile("" : : "r"(arg) : "memory");
	return NULL;
}

static void *forking(void *arg)
{
	(void)arg;
	for (;;) {
		pid_t c = fork();

		if (c == 0)
			_exit(0);
		if (c > 0)
			waitpid(c, NULL, 0);
	}
	return NULL;
}

static void *ending(void *arg)
{
	(void)arg;
	usleep(300000);
	exit(77);
}

int main(void)
{
	pthread_t t;

	pthread_create(&t, NULL, busy, NULL);
	pthread_create(&t, NULL, forking, NULL);
	pthread_create(&t, NULL, ending, NULL);
	for (;;)
		pause();
}
