// The floor of a network: only what the kernel must do so that a process has an interface on a bridge.
//
//     net bridge      makes the bridge, in the namespace where it is called
//     net none        a network namespace, and its end
//     net veth        the same with a pair of interfaces into that bridge, address, route, and all up
//
// rtnetlink(7), veth(4).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BRIDGE "floor0"

static char buf[4096];
static struct nlmsghdr *const msg = (struct nlmsghdr *)buf;

static void die(const char *what) {
	perror(what);
	exit(1);
}

static int rtnl(void) {
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		die("socket");
	return fd;
}

static void *begin(int type, int flags, size_t body) {
	memset(buf, 0, sizeof buf);
	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	msg->nlmsg_len = NLMSG_SPACE(body);
	return NLMSG_DATA(msg);
}

static struct rtattr *attr(int type, const void *data, size_t n) {
	struct rtattr *a = (void *)(buf + NLMSG_ALIGN(msg->nlmsg_len));
	a->rta_type = type;
	a->rta_len = RTA_LENGTH(n);
	if (n)
		memcpy(RTA_DATA(a), data, n);
	msg->nlmsg_len = NLMSG_ALIGN(msg->nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void end(struct rtattr *a) { a->rta_len = buf + msg->nlmsg_len - (char *)a; }

// ask sends the message and waits for the acknowledgement.
static void ask(int fd, const char *what) {
	char answer[4096];
	const struct nlmsghdr *h = (void *)answer;
	if (send(fd, buf, msg->nlmsg_len, 0) < 0 || recv(fd, answer, sizeof answer, 0) < 0)
		die(what);
	const struct nlmsgerr *e = NLMSG_DATA(h);
	if (h->nlmsg_type != NLMSG_ERROR || e->error) {
		fprintf(stderr, "net: %s: %s\n", what, strerror(-e->error));
		exit(1);
	}
}

static void bridge(int fd) {
	struct ifinfomsg *i = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *i);
	i->ifi_flags = i->ifi_change = IFF_UP;
	attr(IFLA_IFNAME, BRIDGE, sizeof BRIDGE);
	struct rtattr *info = attr(IFLA_LINKINFO, NULL, 0);
	attr(IFLA_INFO_KIND, "bridge", 6);
	end(info);
	ask(fd, "make the bridge");
}

static void veth(int fd, int master) {
	char name[IFNAMSIZ];
	int self = getpid();
	snprintf(name, sizeof name, "f%d", self);
	struct ifinfomsg *i = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *i), peer = {0};
	i->ifi_flags = i->ifi_change = IFF_UP;
	attr(IFLA_IFNAME, name, strlen(name) + 1);
	attr(IFLA_MASTER, &master, 4);
	struct rtattr *info = attr(IFLA_LINKINFO, NULL, 0);
	attr(IFLA_INFO_KIND, "veth", 4);
	struct rtattr *data = attr(IFLA_INFO_DATA, NULL, 0), *other = attr(VETH_INFO_PEER, &peer, sizeof peer);
	attr(IFLA_IFNAME, "eth0", 5);
	attr(IFLA_NET_NS_PID, &self, 4);
	end(other);
	end(data);
	end(info);
	ask(fd, "make the pair");
}

static void up(int fd, const char *name) {
	struct ifinfomsg *i = begin(RTM_NEWLINK, 0, sizeof *i);
	i->ifi_index = if_nametoindex(name);
	i->ifi_flags = i->ifi_change = IFF_UP;
	ask(fd, name);
}

static void address(int fd) {
	in_addr_t own = htonl(0x0ac80002 | (getpid() & 0xfffc)), gateway = htonl(0x0ac80001);
	struct ifaddrmsg *a = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *a);
	a->ifa_family = AF_INET;
	a->ifa_prefixlen = 16;
	a->ifa_index = if_nametoindex("eth0");
	attr(IFA_LOCAL, &own, 4);
	attr(IFA_ADDRESS, &own, 4);
	ask(fd, "the address");
	struct rtmsg *r = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *r);
	r->rtm_family = AF_INET;
	r->rtm_table = RT_TABLE_MAIN;
	r->rtm_protocol = RTPROT_BOOT;
	r->rtm_type = RTN_UNICAST;
	attr(RTA_GATEWAY, &gateway, 4);
	ask(fd, "the route");
}

int main(int argc, char **argv) {
	const char *what = argc == 2 ? argv[1] : "";
	int outside = rtnl();
	if (!strcmp(what, "bridge")) {
		bridge(outside);
		return 0;
	}
	int master = if_nametoindex(BRIDGE);
	if (unshare(CLONE_NEWNET))
		die("unshare");
	int inside = rtnl();
	up(inside, "lo");
	if (strcmp(what, "veth"))
		return 0;
	veth(outside, master);
	up(inside, "eth0");
	address(inside);
	return 0;
}
