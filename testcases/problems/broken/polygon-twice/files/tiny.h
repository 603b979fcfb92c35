// What a checker of testlib's answers: exit statuses, and a message on standard error.
#include <cstdio>
#include <cstdlib>
enum { OK = 0, WA = 1, PE = 2, FAIL = 3, DIRT = 4, POINTS = 7, END = 8 };
[[noreturn]] inline void quit(int status, const char *what) {
	const char *names[] = {"ok ", "wrong answer ", "wrong output format ", "FAIL ", "wrong output format ", "", "", "points "};
	fprintf(stderr, "%s%s\n", status < 8 ? names[status] : "unexpected eof ", what);
	exit(status);
}
