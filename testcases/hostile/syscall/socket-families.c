/*
 * @name socket-families
 * @kind isolation
 * @why families of sockets that lead past a network namespace, or into code of the kernel that hardly anybody reads; a name space of its own does not take them away
 * @needs gcc
 * @args {each}
 * @each alg vsock netlink-route netlink-audit netlink-uevent netlink-crypto packet key xdp tipc rds can smc qipcrtr bluetooth raw sctp inet6 pair-tipc
 * @expect syscall
 * @expect seccomp-violation yes
 * @expect stdout-lacks ESCAPED
 * @unsandboxed skip
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct { const char *name; int family, type, protocol; } all[] = {
	{ "alg", 38, SOCK_SEQPACKET, 0 }, { "vsock", 40, SOCK_STREAM, 0 },
	{ "netlink-route", 16, SOCK_RAW, 0 }, { "netlink-audit", 16, SOCK_RAW, 9 }, { "netlink-uevent", 16, SOCK_DGRAM, 15 },
	{ "netlink-crypto", 16, SOCK_RAW, 21 }, { "packet", 17, SOCK_RAW, 0 }, { "key", 15, SOCK_RAW, 2 }, { "xdp", 44, SOCK_RAW, 0 },
	{ "tipc", 30, SOCK_SEQPACKET, 0 }, { "rds", 21, SOCK_SEQPACKET, 0 }, { "can", 29, SOCK_RAW, 1 }, { "smc", 43, SOCK_STREAM, 0 },
	{ "qipcrtr", 42, SOCK_DGRAM, 0 }, { "bluetooth", 31, SOCK_RAW, 1 }, { "raw", 2, SOCK_RAW, 255 }, { "sctp", 2, SOCK_STREAM, 132 },
	{ "inet6", 10, SOCK_DGRAM, 0 },
};

int main(int argc, char **argv)
{
	int pair[2];

	if (argc > 1 && strcmp(argv[1], "pair-tipc") == 0) {
		printf("%s\n", socketpair(30, SOCK_SEQPACKET, 0, pair) == 0 ? "ESCAPED pair" : "ESCAPED, or would have, if the kernel had it");
		return 0;
	}
	for (unsigned i = 0; argc > 1 && i < sizeof all / sizeof *all; i++)
		if (strcmp(argv[1], all[i].name) == 0) {
			int s = socket(all[i].family, all[i].type, all[i].protocol);

			printf("ESCAPED %s%s\n", argv[1], s < 0 ? ", or would have, if the kernel had it" : "");
			return 0;
		}
	return 4;
}
