/*
 * @name by-others
 * @kind isolation
 * @why the forbidden call is not made by the first process: by a child that is waited for, a thread, a detached grandchild, many at once
 * @needs gcc
 * @build -pthread
 * @args {each}
 * @each child thread daemon many
 * @limits pids=24 wall=6s
 * @expect syscall
 * @expect seccomp-violation yes
 * @expect stdout-lacks SURVIVED
 * @expect returns-within 4s
 * @unsandboxed stdout-contains SURVIVED
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void *forbidden(void *arg)
{
	socket(AF_INET, SOCK_STREAM, 0);
	puts("SURVIVED");
	fflush(stdout);
	return arg;
}

static void children(int n)
{
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			forbidden(NULL);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	const char *who = argc > 1 ? argv[1] : "child";
	pthread_t t;

	if (strcmp(who, "thread") == 0) {
		pthread_create(&t, NULL, forbidden, NULL);
		pthread_join(t, NULL);
	} else if (strcmp(who, "daemon") == 0) {
		if (fork() == 0) {
			setsid();
			if (fork() != 0)
				_exit(0);
			usleep(100000);
			forbidden(NULL);
			_exit(0);
		}
	} else {
		children(strcmp(who, "many") == 0 ? 16 : 1);
	}
	sleep(1);
	return 0;
}
