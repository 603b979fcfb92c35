/*
 * @name streams-by-name
 * @kind robustness
 * @why the standard streams opened again by their names, as tools do that know only files
 * @needs gcc proc
 * @stdin text "first line\nsecond line\n"
 * @expect ok
 * @expect stdout-contains second line
 * @expect stdout-contains by name
 * @expect stdout-contains by number
 * @expect stderr-contains on stderr
 * @unsandboxed same
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int say(const char *name, const char *text, size_t n)
{
	int fd = open(name, O_WRONLY);

	if (fd < 0) {
		perror(name);
		return 1;
	}
	return write(fd, text, n) != (ssize_t)n || close(fd) != 0;
}

int main(void)
{
	char buf[100];
	int fd = open("/dev/stdin", O_RDONLY), bad = 0;
	ssize_t n;

	if (fd < 0) {
		perror("/dev/stdin");
		return 4;
	}
	while ((n = read(fd, buf, sizeof buf)) > 0)
		if (write(1, buf, (size_t)n) != n)
			return 5;
	bad |= say("/dev/stdout", "by name\n", 8);
	bad |= say("/proc/self/fd/1", "by number\n", 10);
	bad |= say("/dev/stderr", "on stderr\n", 10);
	return bad ? 6 : 0;
}
