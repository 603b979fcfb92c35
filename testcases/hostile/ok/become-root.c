/*
 * @name become-root
 * @kind escape-attempt
 * @why every call that changes who one is, towards root, another account and more capabilities
 * @needs gcc
 * @args {each}
 * @each setuid setgid setresuid setgroups setfsuid capset securebits ambient
 * @expect ok | syscall
 * @expect stdout-lacks ESCAPED
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int attempt(const char *how)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct all[2] = { { ~0u, ~0u, ~0u }, { ~0u, ~0u, ~0u } };
	gid_t root = 0;

	if (strcmp(how, "setuid") == 0)
		return setuid(0);
	if (strcmp(how, "setgid") == 0)
		return setgid(0);
	if (strcmp(how, "setresuid") == 0)
		return setresuid((uid_t)-1, 0, (uid_t)-1);
	if (strcmp(how, "setgroups") == 0)
		return setgroups(1, &root);
	if (strcmp(how, "setfsuid") == 0) {
		setfsuid(0);
		return setfsuid((uid_t)-1) == 0 ? 0 : -1;
	}
	if (strcmp(how, "capset") == 0)
		return (int)syscall(SYS_capset, &head, all);
	if (strcmp(how, "securebits") == 0)
		return prctl(PR_SET_SECUREBITS, 0x2f);
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0);
}

int main(int argc, char **argv)
{
	int r = attempt(argc > 1 ? argv[1] : "setuid");

	printf("%s (%s)\n", r < 0 ? "BLOCKED" : "ESCAPED", r < 0 ? strerror(errno) : "done");
	return 0;
}
