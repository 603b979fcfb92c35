/*
 * @name init-open
 * @kind escape-attempt
 * @why what /proc shows of process 1, which judge made: its memory, environment, descriptors, program, directories
 * @needs gcc proc
 * @args {canary}
 * @expect ok
 * @expect stdout-lacks ESCAPED
 * @expect stdout-contains DONE
 * @unsandboxed stdout-contains ESCAPED
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	static const char *const open_these[] = {
		"mem", "environ", "maps", "smaps", "auxv", "pagemap", "io", "stack", "syscall", "personality",
		"fd", "fdinfo", "map_files", "ns/mnt", "ns/user", "ns/pid", "root/etc/passwd", "cwd/.", "exe", "timers",
	};
	static const char *const read_these[] = { "exe", "cwd", "root", "ns/mnt", "ns/net", "fd/0", "fd/3" };
	char path[128], to[256];
	int escaped = 0;

	for (unsigned i = 0; i < sizeof open_these / sizeof *open_these; i++) {
		int fd;
		ssize_t n = 0;

		snprintf(path, sizeof path, "/proc/1/%s", open_these[i]);
		fd = open(path, O_RDONLY | O_NONBLOCK);
		if (fd >= 0 && (n = read(fd, to, sizeof to)) < 0 && errno == EISDIR)
			n = 1;
		if (fd >= 0 && n > 0) {
			printf("ESCAPED open %s\n", path);
			escaped = 1;
		}
		if (fd >= 0)
			close(fd);
	}
	for (unsigned i = 0; i < sizeof read_these / sizeof *read_these; i++) {
		ssize_t n;

		snprintf(path, sizeof path, "/proc/1/%s", read_these[i]);
		n = readlink(path, to, sizeof to - 1);
		if (n > 0) {
			to[n] = 0;
			printf("ESCAPED link %s -> %s\n", path, to);
			escaped = 1;
		}
	}
	puts("DONE");
	return escaped ? 99 : 0;
}
