/*
 * @name deep-directories
 * @kind robustness
 * @why a directory in a directory, two thousand times: no path leads to the last one, and whoever tidies up must not go there by recursion or by name
 * @needs gcc
 * @limits memory=128MiB
 * @collect out.txt
 * @expect ok
 * @expect stdout-contains DEEP
 * @expect collected-contains out.txt fine
 * @expect returns-within 5s
 * @unsandboxed skip
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	FILE *f = fopen("out.txt", "w");
	int i;

	if (!f || fputs("fine\n", f) < 0 || fclose(f) != 0)
		return 4;
	for (i = 0; i < 2000; i++)
		if (mkdir("directory-with-a-long-name-directory-with-a-long-name", 0700) < 0 ||
		    chdir("directory-with-a-long-name-directory-with-a-long-name") < 0)
			break;
	printf("DEEP %d\n", i);
	return 0;
}
