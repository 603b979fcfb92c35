/*
 * @name core-huge
 * @kind robustness
 * @why aborts with 64 MiB of memory after asking for core files of any size; none must be written, inside or outside
 * @needs gcc
 * @limits memory=128MiB disk=256MiB fsize=128MiB
 * @collect core
 * @expect signal 6
 * @expect file-refused core
 * @expect returns-within 3s
 * @unsandboxed skip
 */
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int main(void)
{
	struct rlimit r;
	char *p = malloc(64 << 20);

	if (!p)
		return 4;
	memset(p, 1, 64 << 20);
	__asm__ volatile("" : : "r"(p) : "memory");
	prctl(PR_SET_DUMPABLE, 1);
	getrlimit(RLIMIT_CORE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_CORE, &r);
	r.rlim_cur = r.rlim_max = RLIM_INFINITY;
	setrlimit(RLIMIT_CORE, &r);
	abort();
}
