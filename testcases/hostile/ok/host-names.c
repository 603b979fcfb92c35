/*
 * @name host-names
 * @kind isolation
 * @why names of places outside that may show in what /proc says of the run itself: mounts, descriptors, mappings, control groups
 * @needs gcc proc
 * @args judge-harness judge-canary /run/judge /home/ /root/ /sys/fs/cgroup
 * @stdin text "input\n"
 * @expect ok
 * @expect stdout-lacks ESCAPED
 * @expect stdout-contains DONE
 * @unsandboxed skip
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int escaped;

static void look(const char *where, const char *text, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strstr(text, argv[i])) {
			printf("ESCAPED %s names %s\n", where, argv[i]);
			escaped = 1;
		}
}

int main(int argc, char **argv)
{
	static const char *const files[] = {
		"/proc/self/mountinfo", "/proc/self/mounts", "/proc/self/mountstats", "/proc/self/maps", "/proc/self/environ",
	};
	static char text[1 << 20];
	struct dirent *e;
	char to[4096];
	DIR *d;

	for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
		int fd = open(files[i], O_RDONLY);
		ssize_t n, all = 0;

		while (fd >= 0 && (n = read(fd, text + all, sizeof text - 1 - (size_t)all)) > 0)
			all += n;
		for (ssize_t k = 0; k < all; k++)
			if (text[k] == 0)
				text[k] = '\n';
		text[all] = 0;
		look(files[i], text, argc, argv);
		if (fd >= 0)
			close(fd);
	}
	d = opendir("/proc/self/fd");
	while (d && (e = readdir(d))) {
		char path[300];
		ssize_t n;

		snprintf(path, sizeof path, "/proc/self/fd/%s", e->d_name);
		n = readlink(path, to, sizeof to - 1);
		to[n < 0 ? 0 : n] = 0;
		look(path, to, argc, argv);
	}
	ssize_t n = readlink("/proc/self/exe", to, sizeof to - 1);

	to[n < 0 ? 0 : n] = 0;
	look("/proc/self/exe", to, argc, argv);
	look("getcwd", getcwd(to, sizeof to) ? to : "", argc, argv);
	puts("DONE");
	return escaped ? 99 : 0;
}
