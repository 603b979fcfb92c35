/*
 * @name stderr-after-end
 * @kind resource
 * @why stdout is closed, stderr is flooded by a child that has let its parent become a stranger, and the parent waits
 * @needs gcc
 * @limits output=256KiB pids=8 cpu=3s wall=6s
 * @expect output
 * @expect stderr-bytes<=262144
 * @expect stdout-bytes 0
 * @expect returns-within 4s
 * @unsandboxed stderr-bytes>=4000000
 *
 * Writes 4 MiB at most.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	static char block[65536];

	signal(SIGPIPE, SIG_IGN);
	close(1);
	memset(block, '\n', sizeof block);
	if (fork() == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		for (int i = 0; i < 64; i++)
			if (write(2, block, sizeof block) < 0)
				usleep(1000);
		_exit(0);
	}
	sleep(2);
	return 0;
}
