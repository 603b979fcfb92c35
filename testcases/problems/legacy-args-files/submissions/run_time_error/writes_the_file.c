#include <stdio.h>
int main(void) {
	FILE *f = fopen("keys.txt", "w");
	if (!f) return 9;
	fputs("one 0\n", f);
	return fclose(f) ? 9 : 8;
}
