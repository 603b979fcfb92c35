#include <cstdio>
int main(int, char **argv) {
	FILE *out = fopen(argv[2], "r");
	int turns;
	if (!out || fscanf(out, "%d", &turns) != 1) { fputs("FAIL the interactor left no number", stderr); return 3; }
	fprintf(stderr, "%s %d questions", turns > 20 ? "wrong answer" : "ok", turns);
	return turns > 20;
}
