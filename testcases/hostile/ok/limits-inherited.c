/*
 * @name limits-inherited
 * @kind isolation
 * @why the limits of the shell that judge was started from must not reach the run: the same program, the same verdict
 * @needs gcc
 * @each cpu=3999 data=3999999999 as=3999999999 nproc=399 nofile=399 stack=3999744 core=3999
 * @args {each}
 * @host rlimit {each}
 * @limits nofile=100 stack=4MiB
 * @expect ok
 * @expect stdout-contains DONE
 * @expect stdout-lacks INHERITED
 * @unsandboxed skip
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	const char *value = argc > 1 ? strchr(argv[1], '=') : NULL;
	rlim_t caller = value ? strtoul(value + 1, NULL, 10) : 0;

	for (int i = 0; i < 16; i++) {
		struct rlimit r;

		if (getrlimit(i, &r) == 0 && r.rlim_cur == caller)
			printf("INHERITED limit %d\n", i);
	}
	puts("DONE");
	return 0;
}
