#include <stdio.h>
#include <string.h>
static int lookup(const char *key) {
	char word[32];
	int n;
	FILE *f = fopen("keys.txt", "r");
	while (f && fscanf(f, "%31s %d", word, &n) == 2)
		if (!strcmp(word, key)) return n;
	return -1;
}
