/*
 * @name collect-special-bits
 * @kind escape-attempt
 * @why an output file with the set-user-ID bit, a second name, and no right to read it: what is handed over must be a plain file of the caller's
 * @needs gcc
 * @collect tool secret.txt
 * @expect ok
 * @expect file-collected tool
 * @expect collected-plain tool
 * @expect collected-contains tool fine
 * @expect collected-plain secret.txt
 * @unsandboxed skip
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int make(const char *name, mode_t mode)
{
	FILE *f = fopen(name, "w");

	return !f || fputs("fine\n", f) < 0 || fclose(f) != 0 || chmod(name, mode) < 0;
}

int main(void)
{
	if (make("tool", 0755) || make("secret.txt", 0000))
		return 4;
	if (link("tool", "second") < 0)
		return 5;
	if (chmod("tool", 07755) < 0) /* a filter may refuse these bits */
		puts("BLOCKED set-user-ID bit");
	return 0;
}
