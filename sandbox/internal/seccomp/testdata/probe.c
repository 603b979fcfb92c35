/*
 * Makes one system call and prints its answer: the number, or -errno.
 *
 *     probe 64 NR [ARG...]      the native way
 *     probe x32 NR [ARG...]     as a program of the x32 ABI would
 *     probe int80 NR [ARG...]   by the 32-bit door of an x86_64 kernel
 *     probe thread              starts and joins a thread
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *nothing(void *p)
{
	return p;
}

int main(int argc, char **argv)
{
	long nr, a[6] = { 0 }, r = -ENOSYS;

	if (argc == 2 && strcmp(argv[1], "thread") == 0) {
		pthread_t t;

		r = -pthread_create(&t, NULL, nothing, NULL);
		if (r == 0)
			r = -pthread_join(t, NULL);
		printf("%ld\n", r);
		return 0;
	}
	if (argc < 3)
		return 2;
	nr = strtol(argv[2], NULL, 0);
	for (int i = 3; i < argc && i < 9; i++)
		a[i - 3] = (long)strtoull(argv[i], NULL, 0);
	if (strcmp(argv[1], "int80") == 0) {
#ifdef __x86_64__
		r = nr;
		__asm__ volatile("int $0x80" : "+a"(r) : "b"(a[0]), "c"(a[1]), "d"(a[2]) : "memory", "r8", "r9", "r10", "r11");
		r = (int)r;
#endif
	} else {
		if (strcmp(argv[1], "x32") == 0)
			nr |= 0x40000000;
		r = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (r == -1)
			r = -errno;
	}
	printf("%ld\n", r);
	return 0;
}
