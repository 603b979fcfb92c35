/*
 * Starts a program as the harness wants judge to be started:
 *
 *     launch [-i SIGNAL]... [-b SIGNAL]... [-u UMASK] [-c FD]... [-l RESOURCE=SOFT]... PROGRAM [ARG...]
 *
 * with signals ignored (-i) or blocked (-b), with a umask in octal, with
 * descriptors closed (-c) and with soft limits (-l, by number). A Go program
 * cannot do this to a child of its own. PROGRAM is a path.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sets a soft limit, given as RESOURCE=SOFT. */
static int lower(const char *text)
{
	struct rlimit limit;
	unsigned long soft;
	int resource;

	if (sscanf(text, "%d=%lu", &resource, &soft) != 2 || getrlimit(resource, &limit) < 0)
		return -1;
	limit.rlim_cur = soft;
	return setrlimit(resource, &limit);
}

int main(int argc, char **argv)
{
	sigset_t blocked;
	int c;

	sigemptyset(&blocked);
	while ((c = getopt(argc, argv, "+i:b:u:c:l:")) != -1) {
		if (c == 'i')
			signal(atoi(optarg), SIG_IGN);
		else if (c == 'b')
			sigaddset(&blocked, atoi(optarg));
		else if (c == 'u')
			umask((mode_t)strtoul(optarg, NULL, 8));
		else if (c == 'c')
			close(atoi(optarg));
		else if (c != 'l' || lower(optarg) < 0)
			return 125;
	}
	if (optind >= argc)
		return 125;
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	execv(argv[optind], argv + optind);
	perror(argv[optind]);
	return 125;
}
