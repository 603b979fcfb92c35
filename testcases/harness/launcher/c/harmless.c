/*
 * The harmless run after each case: prints one line and ends well. Asked with
 * "proc" it says whether there is a /proc; asked to "wait" it does for a while.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "proc") == 0)
		return access("/proc/self/stat", R_OK) == 0 ? 0 : 1;
	if (argc > 1 && strcmp(argv[1], "wait") == 0)
		return usleep(300000);
	puts("harmless");
	return 0;
}
