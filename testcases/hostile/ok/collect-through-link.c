/*
 * @name collect-through-link
 * @kind escape-attempt
 * @why the output files themselves are plain, but a directory on the way to them is a link out of the work directory
 * @needs gcc
 * @args {canary}
 * @collect sub/canary up/etc/passwd chain.txt real/out.txt
 * @expect ok
 * @expect file-refused sub/canary
 * @expect file-refused up/etc/passwd
 * @expect file-refused chain.txt
 * @expect file-collected real/out.txt
 * @expect collected-contains real/out.txt fine
 * @unsandboxed collected-contains sub/canary {secret}
 */
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char from[32], to[32] = "real/out.txt";
	FILE *f;

	if (argc < 2 || mkdir("real", 0755) < 0)
		return 4;
	f = fopen("real/out.txt", "w");
	if (!f || fputs("fine\n", f) < 0 || fclose(f) != 0)
		return 5;
	if (symlink(dirname(argv[1]), "sub") < 0 || symlink("/../../../..", "up") < 0)
		return 6;
	for (int i = 0; i < 39; i++) {
		snprintf(from, sizeof from, i == 38 ? "chain.txt" : "link-%d", i);
		if (symlink(to, from) < 0)
			return 7;
		snprintf(to, sizeof to, "%s", from);
	}
	return 0;
}
