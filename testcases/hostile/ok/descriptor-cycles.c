/*
 * @name descriptor-cycles
 * @kind resource
 * @why socket pairs that are sent through themselves and closed: no process has them, only the kernel's collector of cycles finds them
 * @needs gcc
 * @limits nofile=64 memory=64MiB cpu=4s wall=8s
 * @expect ok | memory | syscall
 * @expect peak-memory<=72MiB
 * @expect returns-within 5s
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int pass(int through, int a, int b)
{
	char room[CMSG_SPACE(2 * sizeof(int))] = { 0 }, byte = 'x';
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fds[2] = { a, b };

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fds);
	memcpy(CMSG_DATA(c), fds, sizeof fds);
	return sendmsg(through, &m, MSG_DONTWAIT) < 0 ? -1 : 0;
}

int main(void)
{
	int refused = 0;

	for (int i = 0; i < 20000; i++) {
		int p[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, p) < 0)
			break;
		if (pass(p[0], p[0], p[1]) < 0 || pass(p[1], p[0], p[1]) < 0)
			refused++;
		close(p[0]);
		close(p[1]);
	}
	printf("DONE %d refused\n", refused);
	return 0;
}
