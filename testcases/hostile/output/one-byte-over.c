/*
 * @name one-byte-over
 * @kind accounting
 * @why one byte more than is allowed, then an honest end; on stderr as on stdout
 * @needs gcc
 * @args {each}
 * @each 1 2
 * @limits output=64KiB
 * @expect output
 * @expect stdout-bytes<=65536
 * @expect stderr-bytes<=65536
 * @unsandboxed skip
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char block[65537];
	int fd = argc > 1 ? atoi(argv[1]) : 1;

	memset(block, 'x', sizeof block);
	for (size_t done = 0; done < sizeof block;) {
		ssize_t n = write(fd, block + done, sizeof block - done);

		if (n <= 0)
			return 4;
		done += (size_t)n;
	}
	return 0;
}
