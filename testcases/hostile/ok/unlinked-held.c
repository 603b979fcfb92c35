/*
 * @name unlinked-held
 * @kind resource
 * @why files without a name, held open by children: they fill the disk and no walk through the directories finds them
 * @needs gcc
 * @limits disk=32MiB memory=128MiB fsize=16MiB pids=16 wall=8s
 * @expect ok
 * @expect stdout-contains LIMITED
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed stdout-contains UNLIMITED
 *
 * At most 96 MiB.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char block[1 << 20];

int main(void)
{
	static const char *const place[] = { ".", "/tmp", "/dev/shm" };
	long *held = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	memset(block, 1, sizeof block);
	for (int c = 0; c < 9; c++) {
		if (fork() != 0)
			continue;
		int fd = open(place[c % 3], O_TMPFILE | O_RDWR, 0600);

		if (fd < 0) {
			char name[64];

			snprintf(name, sizeof name, "%s/held-%d-%d", place[c % 3], c, (int)getpid());
			fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
			unlink(name);
		}
		for (int i = 0; i < 10 && write(fd, block, sizeof block) == (ssize_t)sizeof block; i++)
			__sync_fetch_and_add(held, 1);
		usleep(500000);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	printf("%s %ld MiB\n", *held > 40 ? "UNLIMITED" : "LIMITED", *held);
	return 0;
}
