/*
 * @name queued-on-fifo
 * @kind robustness
 * @why waits in an open of a FIFO that nobody else opens, and leaves it in the place of an output file
 * @needs gcc
 * @limits wall=1s cpu=2s
 * @collect out.txt
 * @expect wall-time
 * @expect file-refused out.txt
 * @expect returns-within 3s
 * @unsandboxed skip
 */
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	if (mkfifo("out.txt", 0666) < 0)
		return 4;
	return open("out.txt", O_WRONLY) < 0 ? 5 : 6;
}
