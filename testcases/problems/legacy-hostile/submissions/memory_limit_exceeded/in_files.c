#include <stdio.h>
int main(void) {
	static char block[1 << 16];
	FILE *f = fopen("/tmp/big", "w");
	for (int i = 0; f && i < 4096; i++)
		if (fwrite(block, 1, sizeof block, f) != sizeof block) return 3;
	return 4;
}
