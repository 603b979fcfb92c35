/*
 * @name limits-raised
 * @kind escape-attempt
 * @why raises every limit of its own that there is, the hard ones too
 * @needs gcc
 * @expect ok
 * @expect stdout-lacks ESCAPED
 * @expect stdout-contains DONE
 * @unsandboxed skip
 */
#include <stdio.h>
#include <sys/resource.h>

int main(void)
{
	int escaped = 0;

	for (int i = 0; i < 16; i++) {
		struct rlimit was, now;

		if (getrlimit(i, &was) < 0 || was.rlim_max == RLIM_INFINITY)
			continue;
		now.rlim_cur = now.rlim_max = was.rlim_max + 1;
		if (setrlimit(i, &now) == 0) {
			printf("ESCAPED limit %d from %lu\n", i, (unsigned long)was.rlim_max);
			escaped = 1;
		}
	}
	puts("DONE");
	return escaped ? 99 : 0;
}
