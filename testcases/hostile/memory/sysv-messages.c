/*
 * @name sysv-messages
 * @kind resource
 * @why messages that wait in queues of System V, and sets of many semaphores, are memory of the kernel and outlive their maker
 * @needs gcc
 * @args {each}
 * @each messages semaphores
 * @limits memory=32MiB cpu=4s wall=8s
 * @expect memory | ok | syscall
 * @expect peak-memory<=40MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed skip
 *
 * Up to 100 MiB; takes all of it away again.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

static struct {
	long type;
	char text[8192];
} message = { 1, "" };

static long send_all(int *ids, int *n)
{
	long held = 0;

	for (*n = 0; *n < 6000; ++*n) {
		ids[*n] = msgget(IPC_PRIVATE, 0600);
		if (ids[*n] < 0)
			break;
		while (msgsnd(ids[*n], &message, sizeof message.text, IPC_NOWAIT) == 0)
			held += (long)sizeof message.text;
	}
	return held;
}

static long make_sets(int *ids, int *n)
{
	long held = 0;

	for (*n = 0; *n < 60; ++*n) {
		ids[*n] = semget(IPC_PRIVATE, 32000, 0600);
		if (ids[*n] < 0)
			break;
		held += 32000 * 64;
	}
	return held;
}

int main(int argc, char **argv)
{
	static int ids[6000];
	int n = 0, queues = argc < 2 || strcmp(argv[1], "messages") == 0;
	long held = queues ? send_all(ids, &n) : make_sets(ids, &n);

	printf("%s %ld MiB\n", held > 60 << 20 ? "UNLIMITED" : "LIMITED", held >> 20);
	while (n-- > 0)
		queues ? msgctl(ids[n], IPC_RMID, NULL) : semctl(ids[n], 0, IPC_RMID);
	return 0;
}
