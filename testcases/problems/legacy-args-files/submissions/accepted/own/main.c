#include "lookup.h"
int main(int argc, char **argv) {
	if (argc != 3 && argc != 4) return 1;
	if (argc == 4 && strcmp(argv[3], "two words")) return 2;
	printf("%s %d\n", argv[2], lookup(argv[2]));
	return 0;
}
