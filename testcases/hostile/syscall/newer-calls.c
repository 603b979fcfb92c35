/*
 * @name newer-calls
 * @kind isolation
 * @why calls that came after most lists of forbidden ones were written: mounts by descriptors, other processes' descriptors and memory, handles of files
 * @needs gcc
 * @args {each}
 * @each open_tree move_mount fsopen fspick mount_setattr pidfd_getfd process_madvise process_vm_writev kcmp name_to_handle quotactl_fd io_uring_register memfd_secret statmount listmount listns add_key request_key
 * @expect syscall
 * @expect seccomp-violation yes
 * @expect oom-kill no
 * @expect stdout-lacks SURVIVED
 * @unsandboxed skip
 *
 * All arguments are such that the call fails. By number: libraries and headers may not know them.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define OLD(x86, arm) x86
#else
#define OLD(x86, arm) arm
#endif

static const struct { const char *name; long nr, a[6]; } all[] = {
	{ "open_tree", 428, { -1, 0, 0x80000000 } },
	{ "move_mount", 429, { -1, 0, -1, 0, -1 } },
	{ "fsopen", 430, { 0, -1 } },
	{ "fspick", 433, { -1, 0, -1 } },
	{ "mount_setattr", 442, { -1, 0, -1, 0, 0 } },
	{ "pidfd_getfd", 438, { -1, 0, -1 } },
	{ "process_madvise", 440, { -1, 0, 0, 0, -1 } },
	{ "process_vm_writev", OLD(311, 271), { 1, 0, 0, 0, 0, -1 } },
	{ "kcmp", OLD(312, 272), { -1, -1, -1, 0, 0 } },
	{ "name_to_handle", OLD(303, 264), { -1, 0, 0, 0, -1 } },
	{ "quotactl_fd", 443, { -1, -1, -1, 0 } },
	{ "io_uring_register", 427, { -1, -1, 0, 0 } },
	{ "memfd_secret", 447, { -1 } },
	{ "statmount", 457, { 0, 0, 0, -1 } },
	{ "listmount", 458, { 0, 0, 0, -1 } },
	{ "listns", 470, { 0, 0, 0, -1 } },
	{ "add_key", OLD(248, 217), { 0, 0, 0, 0, 0 } },
	{ "request_key", OLD(249, 218), { 0, 0, 0, 0 } },
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc > 1 && i < sizeof all / sizeof *all; i++)
		if (strcmp(argv[1], all[i].name) == 0) {
			const long *a = all[i].a;

			printf("SURVIVED %ld\n", syscall(all[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]));
			return 0;
		}
	return 4;
}
