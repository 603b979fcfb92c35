/*
 * @name forbidden
 * @kind isolation
 * @why one call that no computation needs, made by the process itself; under the strict policy it ends the run and is named in the report
 * @needs gcc
 * @args {each}
 * @each socket bpf unshare mount umount ptrace keyctl perf userfaultfd setns reboot swapon chroot pivot_root init_module open_by_handle process_vm acct
 * @expect syscall
 * @expect seccomp-violation yes
 * @expect oom-kill no
 * @expect stdout-lacks SURVIVED
 * @unsandboxed skip
 *
 * All arguments are such that the call fails.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct { const char *name; long nr, a[5]; } all[] = {
	{ "socket", SYS_socket, { 2, 77, 77 } },
	{ "bpf", SYS_bpf, { 77, 0, 0 } },
	{ "unshare", SYS_unshare, { 0x10000000, 0 } },
	{ "mount", SYS_mount, { 0, 0, 0, 0, 0 } },
	{ "umount", SYS_umount2, { 0, 0 } },
	{ "ptrace", SYS_ptrace, { 16, -1, 0, 0 } },
	{ "keyctl", SYS_keyctl, { 77, 0 } },
	{ "perf", SYS_perf_event_open, { 0, 0, -1, -1, 0 } },
	{ "userfaultfd", SYS_userfaultfd, { 0x7fff0000 } },
	{ "setns", SYS_setns, { -1, 0 } },
	{ "reboot", SYS_reboot, { 0, 0, 0, 0 } },
	{ "swapon", SYS_swapon, { 0, 0 } },
	{ "chroot", SYS_chroot, { 0 } },
	{ "pivot_root", SYS_pivot_root, { 0, 0 } },
	{ "init_module", SYS_init_module, { 0, 0, 0 } },
	{ "open_by_handle", SYS_open_by_handle_at, { -1, 0, 0 } },
	{ "process_vm", SYS_process_vm_readv, { 1, 0, 0, 0, 0 } },
	{ "acct", SYS_acct, { 1 } },
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc > 1 && i < sizeof all / sizeof *all; i++)
		if (strcmp(argv[1], all[i].name) == 0) {
			const long *a = all[i].a;

			printf("SURVIVED %ld\n", syscall(all[i].nr, a[0], a[1], a[2], a[3], a[4], 0));
			return 0;
		}
	return 4;
}
