/*
 * @name in-kernel
 * @kind resource
 * @why burns processor time in the kernel only: large reads of zeros and of random numbers
 * @needs gcc
 * @args {each}
 * @each zero random
 * @limits cpu=1s wall=8s
 * @expect cpu-time
 * @expect cpu-time>=900ms
 * @expect cpu-time<=1700ms
 * @expect stdout-lacks FINISHED
 * @unsandboxed stdout-contains FINISHED
 *
 * Ends by itself after four seconds.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static char buf[8 << 20];

int main(int argc, char **argv)
{
	time_t end = time(NULL) + 4;
	int fd = open("/dev/zero", O_RDONLY), random = argc > 1 && strcmp(argv[1], "random") == 0;

	if (fd < 0)
		return 4;
	while (time(NULL) < end)
		if ((random ? getrandom(buf, sizeof buf, 0) : read(fd, buf, sizeof buf)) <= 0)
			return 5;
	puts("FINISHED");
	return 0;
}
