/*
 * @name through-own-memory
 * @kind escape-attempt
 * @why /proc/self/mem writes where a mapping forbids it: what is written to the memory of a file must not reach the file
 * @needs gcc proc
 * @expect ok
 * @expect stdout-lacks ESCAPED
 * @expect stdout-contains DONE
 * @unsandboxed same
 *
 * The program's own code, and whatever files of the root file system can be read, mapped for reading only, privately and shared.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int attempt(int mem, const char *file, int how, const char *kind)
{
	char before, after, other;
	int fd = open(file, O_RDONLY), escaped;
	char *map;
	ssize_t n;

	if (fd < 0 || pread(fd, &before, 1, 0) != 1) {
		printf("ABSENT %s\n", file);
		return 0;
	}
	map = mmap(NULL, 1, PROT_READ, how, fd, 0);
	if (map == MAP_FAILED)
		return 0;
	other = before ^ 1;
	n = pwrite(mem, &other, 1, (uintptr_t)map);
	after = before;
	escaped = pread(fd, &after, 1, 0) != 1 || after != before;
	if (escaped)
		pwrite(mem, &before, 1, (uintptr_t)map);
	printf("%s writing to %s, mapped %s (%s)\n", escaped ? "ESCAPED" : "BLOCKED", file, kind, n == 1 ? "a copy was written" : strerror(errno));
	close(fd);
	return escaped;
}

int main(void)
{
	static const char *const files[] = { "/proc/self/exe", "/etc/passwd", "/etc/ld.so.cache", "/usr/bin/env", "/bin/sh" };
	int mem = open("/proc/self/mem", O_RDWR), escaped = 0;

	if (mem < 0)
		printf("ABSENT /proc/self/mem (%s)\n", strerror(errno));
	for (unsigned i = 0; mem >= 0 && i < sizeof files / sizeof *files; i++) {
		escaped |= attempt(mem, files[i], MAP_PRIVATE, "privately");
		escaped |= attempt(mem, files[i], MAP_SHARED, "shared");
	}
	puts("DONE");
	return escaped ? 99 : 0;
}
