/*
 * @name page-tables
 * @kind resource
 * @why touches one page in every 2 MiB, by reading only: the pages are all the one page of zeros, the tables that lead to them are memory of the kernel
 * @needs gcc
 * @limits memory=48MiB cpu=5s wall=9s
 * @expect memory
 * @expect oom-kill yes
 * @expect peak-memory<=56MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed stdout-contains UNLIMITED
 *
 * Up to 160 MiB of tables.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

int main(void)
{
	size_t step = 2 << 20, n = 40000;
	volatile char *p = mmap(NULL, n * step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int sum = 0;

	if (p == MAP_FAILED)
		return 4;
	madvise((void *)p, n * step, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < n; i++)
		sum += p[i * step];
	printf("UNLIMITED %d\n", sum);
	return 0;
}
