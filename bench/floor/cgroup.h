/* The floor's cgroups: one leaf a run under judge-floor/, at the top of each v1 hierarchy or of the v2 tree.
 * Nothing outside judge-floor/ is changed, but that on v2 the root hands its controllers down. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGROUP_ROOT "/sys/fs/cgroup"
#define MEMORY_LIMIT "268435456"
#define PIDS_LIMIT "64"

enum { CONTROLLERS = 4 };
static const char *const controllers[CONTROLLERS] = {"memory", "cpu", "cpuacct", "pids"};

struct leaf {
	int v2;
	int made[CONTROLLERS];  /* v1: 0 where two controllers share a hierarchy and the first has made it */
	char path[CONTROLLERS][128];
	int tasks[CONTROLLERS]; /* v1: `tasks`, open for writing, for the child to put itself in */
	int dir;                /* v2: the directory, for CLONE_INTO_CGROUP */
};

struct usage {
	long long cpu_ns, memory_peak, oom_kills;
};

static void die(const char *what, const char *arg)
{
	fprintf(stderr, "floor: %s %s: %s\n", what, arg, strerror(errno));
	_exit(125);
}

static int open_in(const char *dir, const char *name, int flags)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		die("open", path);
	return fd;
}

static void write_in(const char *dir, const char *name, const char *value)
{
	int fd = open_in(dir, name, O_WRONLY);
	size_t n = strlen(value);
	if (write(fd, value, n) != (ssize_t)n)
		die("write", name);
	close(fd);
}

/* The number after key, or the first of the file where key is NULL; a file without it is an error. */
static long long read_number(const char *dir, const char *name, const char *key)
{
	char buf[1024];
	int fd = open_in(dir, name, O_RDONLY);
	ssize_t n = read(fd, buf, sizeof buf - 1);
	if (n <= 0)
		die("read", name);
	close(fd);
	buf[n] = 0;
	char *at = buf;
	if (key) {
		at = strstr(buf, key);
		if (!at) {
			errno = ENOENT;
			die("find", key);
		}
		at += strlen(key);
	}
	return strtoll(at, NULL, 10);
}

static void make_v1(struct leaf *leaf)
{
	for (int i = 0; i < CONTROLLERS; i++) {
		char *path = leaf->path[i];
		int n = snprintf(path, sizeof leaf->path[i], CGROUP_ROOT "/%s/judge-floor", controllers[i]);
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			die("mkdir", path);
		snprintf(path + n, sizeof leaf->path[i] - n, "/%d", getpid());
		leaf->made[i] = mkdir(path, 0755) == 0;
		if (!leaf->made[i] && errno != EEXIST)
			die("mkdir", path);
		leaf->tasks[i] = open_in(path, "tasks", O_WRONLY);
	}
	write_in(leaf->path[0], "memory.limit_in_bytes", MEMORY_LIMIT);
	write_in(leaf->path[1], "cpu.cfs_quota_us", "200000");
	write_in(leaf->path[3], "pids.max", PIDS_LIMIT);
}

static void make_v2(struct leaf *leaf)
{
	char *path = leaf->path[0];
	int n = snprintf(path, sizeof leaf->path[0], CGROUP_ROOT "/judge-floor");
	if (mkdir(path, 0755) == 0) {
		write_in(CGROUP_ROOT, "cgroup.subtree_control", "+memory +cpu +pids");
		write_in(path, "cgroup.subtree_control", "+memory +cpu +pids");
	} else if (errno != EEXIST) {
		die("mkdir", path);
	}
	snprintf(path + n, sizeof leaf->path[0] - n, "/%d", getpid());
	if (mkdir(path, 0755) < 0)
		die("mkdir", path);
	write_in(path, "memory.max", MEMORY_LIMIT);
	write_in(path, "cpu.max", "200000 100000");
	write_in(path, "pids.max", PIDS_LIMIT);
	leaf->dir = open_in(path, ".", O_RDONLY | O_DIRECTORY);
}

static void leaf_make(struct leaf *leaf)
{
	/* On a hybrid host there is a v2 tree too, without controllers: where memory is, counts. */
	leaf->v2 = access(CGROUP_ROOT "/memory", F_OK) < 0;
	if (leaf->v2)
		make_v2(leaf);
	else
		make_v1(leaf);
}

/* v1 only: the caller moves itself. A pid written from outside would wait for an RCU grace period. */
static void leaf_join(const struct leaf *leaf)
{
	for (int i = 0; i < CONTROLLERS; i++)
		if (leaf->made[i] && write(leaf->tasks[i], "0", 1) != 1)
			die("join", leaf->path[i]);
}

static void leaf_read(const struct leaf *leaf, struct usage *u)
{
	if (leaf->v2) {
		u->cpu_ns = 1000 * read_number(leaf->path[0], "cpu.stat", "usage_usec ");
		u->memory_peak = read_number(leaf->path[0], "memory.peak", NULL);
		u->oom_kills = read_number(leaf->path[0], "memory.events", "oom_kill ");
		return;
	}
	u->cpu_ns = read_number(leaf->path[2], "cpuacct.usage", NULL);
	u->memory_peak = read_number(leaf->path[0], "memory.max_usage_in_bytes", NULL);
	u->oom_kills = read_number(leaf->path[0], "memory.oom_control", "oom_kill ");
}

static void leaf_remove(const struct leaf *leaf)
{
	for (int i = 0; i < (leaf->v2 ? 1 : CONTROLLERS); i++)
		if ((leaf->v2 || leaf->made[i]) && rmdir(leaf->path[i]) < 0)
			die("rmdir", leaf->path[i]);
}
