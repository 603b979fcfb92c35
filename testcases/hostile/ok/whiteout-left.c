/*
 * @name whiteout-left
 * @kind robustness
 * @why renameat2 makes a character device without mknod, a whiteout; it must not be handed over, and nothing may stumble over it
 * @needs gcc
 * @collect gone kept
 * @expect ok
 * @expect stdout-contains DONE
 * @expect file-refused gone
 * @expect file-collected kept
 * @expect collected-contains kept text
 * @unsandboxed same
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	int fd = open("gone", O_WRONLY | O_CREAT, 0600);
	struct stat st;

	if (fd < 0 || write(fd, "text\n", 5) != 5)
		return 4;
	close(fd);
	if (syscall(SYS_renameat2, AT_FDCWD, "gone", AT_FDCWD, "kept", 4 /* RENAME_WHITEOUT */) < 0) {
		printf("BLOCKED a whiteout (%s)\n", strerror(errno));
		rename("gone", "kept");
	} else if (lstat("gone", &st) == 0) {
		printf("left a file of mode %o\n", st.st_mode);
	}
	puts("DONE");
	return 0;
}
