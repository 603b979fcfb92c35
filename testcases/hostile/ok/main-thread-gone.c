/*
 * @name main-thread-gone
 * @kind robustness
 * @why the first thread ends, and the process lives on in another, which then executes another program
 * @needs gcc
 * @build -pthread
 * @limits wall=6s cpu=3s
 * @expect ok
 * @expect stdout-contains SECOND PROGRAM
 * @expect wall-time>=400ms
 * @expect cpu-time>=250ms
 * @unsandboxed same
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static char *self;

static void *later(void *arg)
{
	struct timespec t;

	usleep(200000);
	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	while (t.tv_nsec < 300000000 && t.tv_sec == 0);
	execl(self, self, "again", (char *)NULL);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t;

	if (argc > 1) {
		puts("SECOND PROGRAM");
		return 0;
	}
	self = argv[0];
	if (pthread_create(&t, NULL, later, NULL) != 0)
		return 4;
	pthread_exit(NULL);
}
