/*
 * @name file-requests
 * @kind isolation
 * @why ioctl has thousands of requests: attributes that not even root can pass by, other consoles, line disciplines, raw blocks
 * @needs gcc
 * @expect ok
 * @expect stdout-lacks ESCAPED
 * @expect stdout-contains DONE
 * @unsandboxed stdout-contains ESCAPED
 *
 * Each is tried on a file of one's own, the directory, standard input, and
 * whatever terminals can be opened. What was set is taken back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct { const char *name; unsigned long request; } all[] = {
	{ "VT_GETSTATE", 0x5603 }, { "VT_OPENQRY", 0x5600 }, { "KDGETMODE", 0x4b3b }, { "KDGKBENT", 0x4b46 }, { "GIO_FONT", 0x4b60 },
	{ "TIOCGSERIAL", 0x541e }, { "TIOCGLCKTRMIOS", 0x5456 }, { "FIBMAP", 1 }, { "FIGETBSZ", 2 },
	{ "FS_IOC_GETFLAGS", FS_IOC_GETFLAGS }, { "FS_IOC_FSGETXATTR", 0x801c581f }, { "FS_IOC_GETVERSION", 0x80087601 },
	{ "FS_IOC_GET_ENCRYPTION_POLICY", 0x400c6615 }, { "BLKGETSIZE64", 0x80081272 }, { "SIOCGIFCONF", 0x8912 },
};

static int on(int fd, const char *file)
{
	int escaped = 0;

	for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
		char buffer[4096] = "";

		if (ioctl(fd, all[i].request, buffer) == 0) {
			printf("ESCAPED %s on %s\n", all[i].name, file);
			escaped = 1;
		}
	}
	return escaped;
}

/* An immutable file could not be removed afterwards. */
static int immutable(const char *file)
{
	int fd = open(file, O_RDONLY), flags = FS_IMMUTABLE_FL | FS_APPEND_FL, none = 0;

	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0) {
		printf("BLOCKED an immutable %s (%s)\n", file, strerror(errno));
		return 0;
	}
	ioctl(fd, FS_IOC_SETFLAGS, &none);
	printf("ESCAPED an immutable %s\n", file);
	return 1;
}

int main(void)
{
	static const char *const files[] = { "own", ".", "/dev/tty", "/dev/console", "/dev/tty0", "/dev/ptmx", "/dev/stdin", "/etc", "/usr" };
	int escaped = 0;

	close(open("own", O_WRONLY | O_CREAT, 0600));
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
		int fd = open(files[i], O_RDONLY | O_NONBLOCK | O_NOCTTY);

		if (fd < 0) {
			printf("ABSENT %s (%s)\n", files[i], strerror(errno));
			continue;
		}
		escaped |= on(fd, files[i]);
		close(fd);
	}
	escaped |= immutable("own") | immutable(".");
	unlink("own");
	puts("DONE");
	return escaped ? 99 : 0;
}
