// Any permutation that moves every number is right, one that moves some is half so.
#include <cstdio>
#include <vector>
int main(int argc, char **argv) {
	if (argc != 4) return 2;
	FILE *in = fopen(argv[1], "r"), *out = fopen(argv[3], "r");
	int n, x, moved = 0;
	if (!in || fscanf(in, "%d", &n) != 1) return 1;
	std::vector<bool> seen(n + 1);
	for (int i = 1; i <= n; i++) {
		if (!out || fscanf(out, "%d", &x) != 1 || x < 1 || x > n || seen[x]) { puts("0.0"); fputs("translate:wrong\n", stderr); return 0; }
		seen[x] = true;
		moved += x != i;
	}
	printf("%s\n", moved == n ? "1.0" : moved ? "0.5" : "0");
	fputs(moved == n ? "translate:success\n" : "translate:partial\n", stderr);
	return 0;
}
