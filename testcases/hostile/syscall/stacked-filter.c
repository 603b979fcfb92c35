/*
 * @name stacked-filter
 * @kind escape-attempt
 * @why puts a filter of its own on top, which allows everything, pretends success or asks a listener; the strictest of all filters must win
 * @needs gcc x86_64
 * @args {each}
 * @each allow errno trace notify
 * @expect syscall
 * @expect stdout-lacks ESCAPED
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "allow";
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_filter some[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, some };
	unsigned flags = 0;

	if (strcmp(how, "allow") == 0)
		prog = (struct sock_fprog){ 1, code };
	else if (strcmp(how, "trace") == 0)
		some[2].k = SECCOMP_RET_TRACE;
	else if (strcmp(how, "notify") == 0)
		some[2].k = SECCOMP_RET_USER_NOTIF, flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog) < 0)
		puts("BLOCKED own filter");
	printf("ESCAPED socket %d\n", socket(AF_INET, SOCK_STREAM, 0));
	return 0;
}
