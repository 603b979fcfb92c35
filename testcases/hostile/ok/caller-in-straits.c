/*
 * @name caller-in-straits
 * @kind robustness
 * @why soft limits under which judge itself can hardly work: it may raise them, and must not be ended by them
 * @needs gcc
 * @each fsize=0 fsize=64 core=0 nofile=8 nproc=1
 * @host rlimit {each}
 * @expect ok
 * @expect stdout-contains DONE
 * @unsandboxed skip
 */
#include <stdio.h>

int main(void)
{
	puts("DONE");
	return 0;
}
