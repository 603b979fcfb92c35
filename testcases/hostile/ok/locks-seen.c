/*
 * @name locks-seen
 * @kind isolation
 * @why two runs at once, each of which locks what both can open: a lock that one sees of the other is a channel between them
 * @needs gcc
 * @parallel 2
 * @limits wall=8s
 * @expect ok | syscall
 * @expect stdout-lacks ESCAPED
 * @unsandboxed skip
 *
 * Locks are held for 1.5 seconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int escaped;

static void seen(const char *path, const char *how)
{
	printf("ESCAPED %s on %s\n", how, path);
	escaped = 1;
}

/* Two names of one file: the second lock would only meet the first. */
static int locked_before(const struct stat *st)
{
	static struct stat all[64];
	static int n;

	for (int i = 0; i < n; i++)
		if (all[i].st_dev == st->st_dev && all[i].st_ino == st->st_ino)
			return 1;
	if (n < 64)
		all[n++] = *st;
	return 0;
}

static void lock(const char *path, const char *shown)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_NONBLOCK), lease;
	struct stat st;

	if (fd < 0)
		fd = open(path, O_RDONLY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || locked_before(&st))
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		seen(shown, "flock");
	if (fcntl(fd, F_SETLK, &all) < 0 && (errno == EAGAIN || errno == EACCES))
		seen(shown, "record lock");
	all.l_type = F_RDLCK;
	all.l_pid = 0;
	if (fcntl(fd, F_OFD_GETLK, &all) == 0 && all.l_type != F_UNLCK && all.l_pid != getpid())
		seen(shown, "record lock of another");
	lease = fcntl(fd, F_GETLEASE);
	if (lease == F_WRLCK || lease == F_RDLCK)
		seen(shown, "lease");
}

int main(int argc, char **argv)
{
	static const char *const paths[] = {
		"/", "/usr", "/usr/bin", "/usr/bin/env", "/bin/sh", "/usr/lib", "/etc", "/etc/passwd", "/etc/ld.so.cache",
		"/dev", "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random", "/dev/shm", "/tmp", "/box", ".",
		"/proc", "/proc/self", "/sys",
	};

	(void)argc;
	for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++)
		lock(paths[i], paths[i]);
	lock("/proc/self/exe", "the program");
	lock(argv[0], "the program by its name");
	for (int fd = 0; fd < 3; fd++) {
		char name[32];

		snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
		lock(name, name);
	}
	usleep(1500000);
	puts("DONE");
	return escaped ? 99 : 0;
}
