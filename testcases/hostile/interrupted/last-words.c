/*
 * @name last-words
 * @kind robustness
 * @why the signal that judge gets is passed on; a program that listens to it may tidy up, and what it says then is kept
 * @needs gcc
 * @each SIGTERM SIGINT SIGHUP
 * @host interrupt {each} 300ms
 * @expect interrupted
 * @expect stdout-contains GOODBYE
 * @expect returns-within 900ms
 * @unsandboxed skip
 */
#include <signal.h>
#include <unistd.h>

static void goodbye(int s)
{
	(void)s;
	if (write(1, "GOODBYE\n", 8) != 8)
		_exit(4);
	_exit(0);
}

int main(void)
{
	signal(SIGTERM, goodbye);
	signal(SIGINT, goodbye);
	signal(SIGHUP, goodbye);
	sleep(8);
	return 5;
}
