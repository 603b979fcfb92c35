/*
 * Starts a program as the harness wants judge to be started:
 *
 *     launch [-i SIGNAL]... [-b SIGNAL]... [-u UMASK] PROGRAM [ARG...]
 *
 * with signals ignored (-i) or blocked (-b), and with a umask in octal. A Go
 * program cannot do this to a child of its own. PROGRAM is a path.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	sigset_t blocked;
	int c;

	sigemptyset(&blocked);
	while ((c = getopt(argc, argv, "+i:b:u:")) != -1) {
		if (c == 'i')
			signal(atoi(optarg), SIG_IGN);
		else if (c == 'b')
			sigaddset(&blocked, atoi(optarg));
		else if (c == 'u')
			umask((mode_t)strtoul(optarg, NULL, 8));
		else
			return 125;
	}
	if (optind >= argc)
		return 125;
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	execv(argv[optind], argv + optind);
	perror(argv[optind]);
	return 125;
}
