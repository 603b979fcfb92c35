/*
 * @name rename-storm
 * @kind robustness
 * @why four processes that move directories into one another and files over one another, to the last moment of the run and beyond
 * @needs gcc
 * @limits pids=8 cpu=6s wall=8s
 * @collect out.txt
 * @expect ok
 * @expect collected-contains out.txt fine
 * @expect returns-within 4s
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	FILE *f = fopen("out.txt", "w");

	if (!f || fputs("fine\n", f) < 0 || fclose(f) != 0)
		return 4;
	for (int i = 0; i < 8; i++) {
		char name[32];

		snprintf(name, sizeof name, "d%d", i);
		mkdir(name, 0700);
	}
	for (int c = 0; c < 4; c++) {
		if (fork() != 0)
			continue;
		srand((unsigned)c);
		for (long n = 0; n < 2000000; n++) {
			char from[32], to[64];

			snprintf(from, sizeof from, "d%d", rand() % 8);
			snprintf(to, sizeof to, "d%d/d%d", rand() % 8, rand() % 8);
			if (n % 2)
				rename(from, to);
			else
				rename(to, from);
			renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE);
		}
		_exit(0);
	}
	usleep(700000);
	return 0;
}
