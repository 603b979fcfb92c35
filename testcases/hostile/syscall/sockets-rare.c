/*
 * @name sockets-rare
 * @kind escape-attempt
 * @why families of sockets that no policy allows, the one with loopback neither: to the hypervisor, to ciphers, to raw packets, to other parts of the kernel
 * @needs gcc
 * @args {each}
 * @each vsock alg packet raw netfilter audit uevent xfrm key tipc rds can bluetooth xdp smc kcm nfc caif rxrpc pair
 * @expect syscall
 * @expect stdout-lacks ESCAPED
 * @unsandboxed stdout-contains ESCAPED
 *
 * "all" makes all attempts, for policies that answer with an error. A family
 * that this kernel lacks fails in the same way without a sandbox.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct { const char *name; int family, type, protocol; } all[] = {
	{ "vsock", AF_VSOCK, SOCK_STREAM, 0 },
	{ "alg", AF_ALG, SOCK_SEQPACKET, 0 },
	{ "packet", AF_PACKET, SOCK_RAW, 0 },
	{ "raw", AF_INET, SOCK_RAW, 1 },
	{ "netfilter", AF_NETLINK, SOCK_RAW, 12 },
	{ "audit", AF_NETLINK, SOCK_RAW, 9 },
	{ "uevent", AF_NETLINK, SOCK_RAW, 15 },
	{ "xfrm", AF_NETLINK, SOCK_RAW, 6 },
	{ "key", AF_KEY, SOCK_RAW, 2 },
	{ "tipc", AF_TIPC, SOCK_STREAM, 0 },
	{ "rds", AF_RDS, SOCK_SEQPACKET, 0 },
	{ "can", AF_CAN, SOCK_RAW, 1 },
	{ "bluetooth", AF_BLUETOOTH, SOCK_RAW, 1 },
	{ "xdp", 44, SOCK_RAW, 0 },
	{ "smc", 43, SOCK_STREAM, 0 },
	{ "kcm", 41, SOCK_DGRAM, 0 },
	{ "nfc", 39, SOCK_SEQPACKET, 0 },
	{ "caif", 37, SOCK_STREAM, 0 },
	{ "rxrpc", 33, SOCK_DGRAM, AF_INET },
	{ "pair", AF_TIPC, SOCK_STREAM, 0 },
};

int main(int argc, char **argv)
{
	int escaped = 0;

	for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
		int st = 0;
		pid_t c;

		if (argc > 1 && strcmp(argv[1], "all") != 0 && strcmp(argv[1], all[i].name) != 0)
			continue;
		fflush(stdout);
		c = fork();
		if (c == 0) {
			int two[2], pair = strcmp(all[i].name, "pair") == 0;
			int r = pair ? socketpair(all[i].family, all[i].type, all[i].protocol, two) : socket(all[i].family, all[i].type, all[i].protocol);

			printf("%s %s (%s)\n", r < 0 ? "BLOCKED" : "ESCAPED", all[i].name, r < 0 ? strerror(errno) : "open");
			fflush(stdout);
			_exit(r >= 0);
		}
		waitpid(c, &st, 0);
		if (WIFSIGNALED(st))
			printf("BLOCKED %s (signal %d)\n", all[i].name, WTERMSIG(st));
		escaped |= WIFEXITED(st) && WEXITSTATUS(st);
	}
	puts("DONE");
	return escaped ? 99 : 0;
}
