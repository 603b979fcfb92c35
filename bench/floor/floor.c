/* The floor: what a run in a sandbox costs at least.
 *
 *     floor [--timing] ROOTFS PROG [ARG...]      PROG is a path inside ROOTFS
 *
 * It makes only the system calls that the isolation itself needs and reports with one JSON line, so that a benchmark
 * can say how far above them a whole judge is. Three processes, as in judge: this one, PID 1 of the new namespaces,
 * and the payload. PID 1 sends the payload's wait status through a pipe. There is no policy, no limit on time or
 * output, and nothing is hardened: do not run anything in it that you would not run outside.
 */
#define _GNU_SOURCE
#include "cgroup.h"
#include <grp.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "filter.h"

enum { PAYLOAD_ID = 61999 };
#define BASE "/tmp" /* covered by the run's tmpfs, in its own mount namespace only */

enum step { START, CGROUPS, CLONE, PRIVATE, TMPFS, OVERLAY, PROC, TMP, PIVOT, UMOUNT, FORK, JOIN, UID, FILTER, END, REAP,
	    COUNTERS, RMDIR, STEPS };
static const char *const step_names[STEPS] = {
	"start", "cgroup_mkdir_limits", "clone3", "mount_private", "tmpfs", "overlay", "proc", "tmp", "pivot_root", "umount",
	"fork", "join", "uid", "filter", "exec_run_exit", "pid1_exit_namespaces_gone", "counters", "rmdir"};

/* Shared with the children; NULL unless --timing. Each slot: when that step was done. */
static int64_t *marks;

static void mark(enum step s)
{
	if (!marks)
		return;
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	marks[s] = t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void must(long rc, const char *what, const char *arg)
{
	if (rc < 0)
		die(what, arg);
}

static pid_t clone_run(uint64_t flags, int cgroup)
{
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = cgroup;
	}
	long pid = syscall(SYS_clone3, &args, sizeof args);
	must(pid, "clone3", "");
	return pid;
}

static void make_root(const char *rootfs)
{
	/* The tmpfs may cover where rootfs is; from inside, "." still names it. */
	must(chdir(rootfs), "chdir", rootfs);
	umask(0);
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount", "private");
	mark(PRIVATE);
	must(mount("tmpfs", BASE, "tmpfs", MS_NOSUID | MS_NODEV, "size=128m,nr_inodes=16384,mode=755"), "mount", "tmpfs");
	must(mkdir(BASE "/upper", 0755), "mkdir", "upper");
	must(mkdir(BASE "/work", 0755), "mkdir", "work");
	must(mkdir(BASE "/root", 0755), "mkdir", "root");
	must(mkdir(BASE "/tmp", 01777), "mkdir", "tmp");
	mark(TMPFS);
	must(mount("overlay", BASE "/root", "overlay", MS_NOSUID | MS_NODEV,
		   "lowerdir=.,upperdir=" BASE "/upper,workdir=" BASE "/work"), "mount", "overlay");
	mark(OVERLAY);
	must(mount("proc", BASE "/root/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount", "proc");
	mark(PROC);
	must(mount(BASE "/tmp", BASE "/root/tmp", NULL, MS_BIND, NULL), "mount", "tmp");
	mark(TMP);
	must(chdir(BASE "/root"), "chdir", "root");
	/* Both names may be ".": the old root then lies over the new one and is detached by it (pivot_root(2), NOTES). */
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root", ".");
	mark(PIVOT);
	must(umount2(".", MNT_DETACH), "umount", "old root");
	must(chdir("/"), "chdir", "/");
	mark(UMOUNT);
}

static void run_payload(const struct leaf *leaf, char **argv)
{
	static char *const env[] = {"PATH=/usr/bin:/bin", NULL};
	const struct sock_fprog prog = {sizeof floor_filter / sizeof *floor_filter, (struct sock_filter *)floor_filter};

	mark(FORK);
	if (!leaf->v2)
		leaf_join(leaf);
	mark(JOIN);
	must(setgroups(0, NULL), "setgroups", "");
	must(setresgid(PAYLOAD_ID, PAYLOAD_ID, PAYLOAD_ID), "setresgid", "");
	must(setresuid(PAYLOAD_ID, PAYLOAD_ID, PAYLOAD_ID), "setresuid", "");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "no_new_privs");
	mark(UID);
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog), "seccomp", "");
	mark(FILTER);
	execve(argv[0], argv, env);
	die("execve", argv[0]);
}

/* PID 1: the pipe carries one int, the payload's wait status. */
static void pid1(const struct leaf *leaf, const char *rootfs, char **argv, int report)
{
	make_root(rootfs);
	pid_t payload = clone_run(0, leaf->v2 ? leaf->dir : -1);
	if (payload == 0)
		run_payload(leaf, argv);
	int status = 0;
	for (pid_t pid = 0; pid != payload;) {
		pid = waitpid(-1, &status, 0);
		must(pid, "wait", "payload");
	}
	mark(END);
	if (write(report, &status, sizeof status) != sizeof status)
		die("write", "status");
	_exit(0);
}

static void print_timing(int64_t start)
{
	printf(",\"timing_ns\":{");
	for (int s = START + 1; s < STEPS; s++) {
		printf("%s\"%s\":%lld", s == 1 ? "" : ",", step_names[s], (long long)(marks[s] - start));
		start = marks[s];
	}
	printf("}");
}

int main(int argc, char **argv)
{
	argv++;
	if (argc > 1 && strcmp(*argv, "--timing") == 0) {
		marks = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (marks == MAP_FAILED)
			die("mmap", "timing");
		argv++;
	}
	if (!argv[0] || !argv[1]) {
		fprintf(stderr, "usage: floor [--timing] ROOTFS PROG [ARG...]\n");
		return 125;
	}
	mark(START);
	struct leaf leaf = {0};
	struct usage usage;
	int report[2], status;
	leaf_make(&leaf);
	must(pipe2(report, O_CLOEXEC), "pipe", "");
	mark(CGROUPS);
	pid_t pid = clone_run(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWIPC, -1);
	if (pid == 0) {
		mark(CLONE);
		pid1(&leaf, argv[0], argv + 1, report[1]);
	}
	close(report[1]);
	ssize_t n = read(report[0], &status, sizeof status);
	must(waitpid(pid, NULL, 0), "wait", "pid 1");
	mark(REAP);
	leaf_read(&leaf, &usage);
	mark(COUNTERS);
	leaf_remove(&leaf);
	mark(RMDIR);
	if (n != sizeof status)
		return 125;
	printf("{\"wait_status\":%d,\"cpu_time_ns\":%lld,\"memory_peak_bytes\":%lld,\"oom_kills\":%lld", status,
	       usage.cpu_ns, usage.memory_peak, usage.oom_kills);
	if (marks)
		print_timing(marks[START]);
	printf("}\n");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
