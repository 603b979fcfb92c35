/* Prints filter.h: a filter of 300 allowed calls as a binary tree, by libseccomp; or, with an argument, their names.
 *
 *     cc filter-gen.c -lseccomp -o filter-gen && ./filter-gen > filter.h && ./filter-gen names > ../calls.txt
 *
 * The output is committed, so that the floor pays for installing a filter and not for compiling one, as a judge with
 * its built-in policies does. Which calls are allowed does not matter to the clock; how many, and the tree, do.
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RULES = 300 };

/* What a compute-only filter would leave out; enough of them that 300 others remain on x86_64. */
static const char *const refused[] = {
	"ptrace", "bpf", "mount", "umount2", "pivot_root", "setns", "unshare", "reboot", "init_module",
	"finit_module", "delete_module", "kexec_load", "swapon", "swapoff", "keyctl", "add_key", "request_key",
	"io_uring_setup", "io_uring_enter", "io_uring_register", "perf_event_open", "userfaultfd", "clone3",
	"uselib", "_sysctl", "create_module", "get_kernel_syms", "query_module", "nfsservctl", "getpmsg", "putpmsg",
	"afs_syscall", "tuxcall", "security", "vserver", "epoll_ctl_old", "epoll_wait_old", "lookup_dcookie",
	"ustat", "sysfs", "acct", "settimeofday", "clock_settime", "sethostname", "setdomainname", "iopl", "ioperm",
	"syslog", "quotactl", "vhangup", "modify_ldt", "adjtimex", "chroot", "mknod", "mknodat", "kexec_file_load",
};

static int is_refused(const char *name)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (strcmp(name, refused[i]) == 0)
			return 1;
	return 0;
}

static void check(int rc, const char *what)
{
	if (rc < 0) {
		fprintf(stderr, "filter-gen: %s: %s\n", what, strerror(-rc));
		exit(1);
	}
}

static void print_program(int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || st.st_size == 0 || st.st_size % sizeof(struct sock_filter) != 0) {
		fprintf(stderr, "filter-gen: no program exported\n");
		exit(1);
	}
	size_t n = st.st_size / sizeof(struct sock_filter);
	struct sock_filter *prog = malloc(st.st_size);
	if (!prog || pread(fd, prog, st.st_size, 0) != st.st_size) {
		perror("filter-gen: read back");
		exit(1);
	}
	const struct scmp_version *v = seccomp_version();
	printf("/* Made by filter-gen.c with libseccomp %u.%u.%u: %d calls allowed, all others end the process. */\n",
	       v->major, v->minor, v->micro, RULES);
	printf("static const struct sock_filter floor_filter[%zu] = {\n", n);
	for (size_t i = 0; i < n; i++)
		printf("%s{0x%02x, %u, %u, 0x%08x},%s", i % 4 == 0 ? "\t" : " ", prog[i].code, prog[i].jt, prog[i].jf,
		       prog[i].k, i % 4 == 3 || i + 1 == n ? "\n" : "");
	printf("};\n");
	free(prog);
}

int main(int argc, char **argv)
{
	int names = argc > 1 && strcmp(argv[1], "names") == 0;
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!ctx)
		check(-1, "seccomp_init");
	check(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
	int rules = 0;
	for (int nr = 0; nr < 500 && rules < RULES; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);
		if (name && !is_refused(name)) {
			check(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0), name);
			rules++;
			if (names)
				puts(name);
		}
		free(name);
	}
	if (rules < RULES)
		check(-1, "fewer calls than rules");
	if (names)
		return 0;
	/* libseccomp 2.5 exports to a descriptor only. */
	int fd = memfd_create("filter", MFD_CLOEXEC);
	check(fd, "memfd_create");
	check(seccomp_export_bpf(ctx, fd), "export");
	print_program(fd);
	seccomp_release(ctx);
	return 0;
}
