// remnants leaves all that a run can leave behind, or looks for what another
// left:
//
//	leave    makes it, prints "ready UID", and waits
//	look     prints "LEFT ..." for each thing that is not its own, and "looked UID"
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define KEY 0x6a7564
#define NAME "judge-remnant"

static const long keyrings[] = { -3, -4, -5 }; // of the session, the user, the user's session: keyctl(2)

static int named_socket(void)
{
	struct sockaddr_un a = { AF_UNIX, "\0" NAME };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	return bind(s, (struct sockaddr *)&a, sizeof a) == 0 ? s : -1;
}

static void leave(void)
{
	static const char *const files[] = { "/tmp/" NAME, "/dev/shm/" NAME, "/box/" NAME };
	struct { long type; char text[8]; } m = { 1, "message" };

	if (shmat(shmget(KEY, 4096, IPC_CREAT | 0666), NULL, 0) == (void *)-1 || semget(KEY, 1, IPC_CREAT | 0666) < 0 ||
	    msgsnd(msgget(KEY, IPC_CREAT | 0666), &m, sizeof m.text, 0) < 0)
		_exit(3);
	if (mq_open("/" NAME, O_CREAT | O_RDWR, 0666, NULL) < 0)
		_exit(7);
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
		if (mkdir(files[i], 0777) < 0)
			_exit(4);
	if (listen(named_socket(), 5) < 0)
		_exit(5);
	for (unsigned i = 0; i < sizeof keyrings / sizeof *keyrings; i++)
		syscall(SYS_add_key, "user", NAME, "left", 4L, keyrings[i]); // most policies refuse it
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			setsid();
			for (int s = 1; s < 65; s++)
				signal(s, SIG_IGN);
			fork();
			for (;;)
				pause();
		}
	printf("ready %d\n", getuid());
	fflush(stdout);
	for (;;)
		pause();
}

static void in_directory(const char *dir)
{
	DIR *d = opendir(dir);

	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));)
		if (strstr(e->d_name, NAME))
			printf("LEFT %s/%s\n", dir, e->d_name);
	closedir(d);
}

static void processes(void)
{
	DIR *d = opendir("/proc");

	if (!d)
		_exit(6);
	for (struct dirent *e; (e = readdir(d));)
		if (isdigit(e->d_name[0]) && atoi(e->d_name) != 1 && atoi(e->d_name) != getpid())
			printf("LEFT process %s\n", e->d_name);
	closedir(d);
	if (kill(-1, 0) == 0)
		printf("LEFT a process that can be signalled\n");
}

static void keys(void)
{
	char line[512];
	FILE *f = fopen("/proc/keys", "r");

	while (f && fgets(line, sizeof line, f))
		if (strstr(line, NAME))
			printf("LEFT key %s", line);
	for (unsigned i = 0; i < sizeof keyrings / sizeof *keyrings; i++)
		if (syscall(SYS_keyctl, 10L /* KEYCTL_SEARCH */, keyrings[i], "user", NAME, 0L) >= 0)
			printf("LEFT a key in keyring %ld\n", keyrings[i]);
}

int main(int argc, char **argv)
{
	static const char *const dirs[] = { "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/box", "/run", "/" };

	if (argc > 1 && !strcmp(argv[1], "leave"))
		leave();
	if (shmget(KEY, 0, 0) >= 0)
		printf("LEFT shared memory\n");
	if (semget(KEY, 0, 0) >= 0)
		printf("LEFT semaphores\n");
	if (msgget(KEY, 0) >= 0)
		printf("LEFT a message queue\n");
	if (mq_open("/" NAME, O_RDONLY) >= 0)
		printf("LEFT a POSIX message queue\n");
	if (named_socket() < 0)
		printf("LEFT an abstract socket\n");
	for (unsigned i = 0; i < sizeof dirs / sizeof *dirs; i++)
		in_directory(dirs[i]);
	processes();
	keys();
	printf("looked %d\n", getuid());
	return 0;
}
