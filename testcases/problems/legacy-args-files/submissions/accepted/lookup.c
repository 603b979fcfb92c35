#include "lookup.h"
int main(int argc, char **argv) {
	if (argc < 3 || strcmp(argv[1], "--key")) return 1;
	printf("%s %d\n", argv[2], lookup(argv[2]));
	return 0;
}
