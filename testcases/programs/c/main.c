#define _GNU_SOURCE
#include <locale.h>
#include <math.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "queue.h"

double integral(int k, int steps);

static struct queue todo;
static pthread_mutex_t sum_lock = PTHREAD_MUTEX_INITIALIZER;
static double sum;

static void *worker(void *unused)
{
	(void)unused;
	for (int k; queue_take(&todo, &k);) {
		double d = integral(k, 20000);
		pthread_mutex_lock(&sum_lock);
		sum += d;
		pthread_mutex_unlock(&sum_lock);
	}
	return 0;
}

static void on_alarm(int n) { (void)n; }

int main(void)
{
	pthread_t threads[6];
	setlocale(LC_ALL, "");
	queue_init(&todo);
	for (int i = 0; i < 6; i++)
		if (pthread_create(threads + i, 0, worker, 0))
			return 1;
	for (int k = 1; k <= 40; k++)
		queue_put(&todo, k);
	queue_close(&todo);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], 0);
	printf("sum %.6f\n", sum);

	/* A child writes into memory that both share, and into a pipe. */
	int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), p[2], status;
	if (shared == MAP_FAILED || pipe(p))
		return 2;
	if (fork() == 0) {
		*shared = 42;
		dprintf(p[1], "child");
		_exit(7);
	}
	close(p[1]);
	char text[16] = "";
	if (read(p[0], text, 15) != 5 || wait(&status) < 0)
		return 3;
	printf("%s %d %d\n", text, *shared, WEXITSTATUS(status));

	FILE *f = popen("tr a-z A-Z <<.\nhello\n.", "r");
	if (!f || !fgets(text, sizeof text, f) || pclose(f))
		return 4;
	printf("%s", text);

	struct passwd *pw = getpwuid(getuid());
	char *mem = realloc(malloc(1000), 50 << 20);
	memset(mem, 1, 50 << 20);
	free(mem);
	signal(SIGALRM, on_alarm);
	ualarm(1000, 0);
	pause();
	f = tmpfile();
	fprintf(f, "%s", pw ? pw->pw_name : "nobody");
	rewind(f);
	printf("user %s\n", fgets(text, sizeof text, f));
	return 0;
}
