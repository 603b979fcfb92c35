/*
 * @name deaf-sleep
 * @kind robustness
 * @why every signal blocked and ignored, in every process and thread, all of them asleep in different ways
 * @needs gcc
 * @build -pthread
 * @limits wall=1s cpu=2s pids=16
 * @expect wall-time
 * @expect cpu-time<=300ms
 * @expect returns-within 3s
 * @unsandboxed skip
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *locking(void *arg)
{
	pthread_mutex_lock(&mutex);
	return arg;
}

int main(void)
{
	pthread_t t;
	sigset_t all;
	int p[2];
	char c;

	sigfillset(&all);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_IGN);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (pipe(p) < 0)
		return 4;
	if (fork() == 0)
		return (int)read(p[0], &c, 1);
	if (fork() == 0)
		return poll(NULL, 0, -1);
	if (fork() == 0)
		return sigwaitinfo(&all, NULL);
	pthread_mutex_lock(&mutex);
	pthread_create(&t, NULL, locking, NULL);
	return pthread_join(t, NULL);
}
