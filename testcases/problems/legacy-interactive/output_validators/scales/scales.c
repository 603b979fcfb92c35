// Says n; answers "? a b" with the number of light ones in a..b, until "! k". Twice as many
// questions as are needed are free. Some questions have an effect on the validator itself.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static FILE *message;
static int end(int code, const char *text) { fprintf(message, "%s\n", text); fclose(message); return code; }
int main(int argc, char **argv) {
	char path[512], what[8];
	int n, light, a, b;
	FILE *in = fopen(argv[1], "r");
	if (argc != 4 || !in || fscanf(in, "%d %d", &n, &light) != 2) return 1;
	snprintf(path, sizeof path, "%sjudgemessage.txt", argv[3]);
	message = fopen(path, "w");
	if (!message) return 2;
	printf("%d\n", n);
	fflush(stdout);
	for (int asked = 0; scanf("%7s", what) == 1; asked++) {
		if (!strcmp(what, "!")) {
			if (scanf("%d", &a) != 1) return end(43, "no number after !");
			return a == light ? end(42, "found") : end(43, "another one");
		}
		if (!strcmp(what, "crash")) { end(0, "about to crash"); abort(); }
		if (!strcmp(what, "spin")) for (volatile int i = 0;; i++) ;
		if (!strcmp(what, "zero")) return 0;
		if (strcmp(what, "?") || scanf("%d %d", &a, &b) != 2) return end(43, "no question");
		if (a < 1 || b > n || a > b) return end(43, "not a range");
		if (asked >= 14) return end(43, "too many questions");
		printf("%d\n", a <= light && light <= b);
		fflush(stdout);
	}
	return end(43, "no answer");
}
