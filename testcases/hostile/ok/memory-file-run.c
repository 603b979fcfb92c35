/*
 * @name memory-file-run
 * @kind robustness
 * @why copies itself into a file in memory, seals it and executes it by its descriptor: a program without a name that does nothing wrong
 * @needs gcc
 * @expect ok | syscall
 * @expect stdout-lacks BROKEN
 * @unsandboxed same
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
	char *const again[] = { "again", "again", NULL };
	static char buf[1 << 16];
	int in, out;
	ssize_t n;

	if (argc > 1) {
		puts("RUN FROM MEMORY");
		return 0;
	}
	in = open(argv[0], O_RDONLY);
	out = memfd_create("", MFD_ALLOW_SEALING);
	while ((n = read(in, buf, sizeof buf)) > 0)
		if (write(out, buf, (size_t)n) != n)
			return 4;
	fcntl(out, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	fexecve(out, again, environ);
	perror("BROKEN");
	return 5;
}
