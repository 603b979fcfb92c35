#include <stdlib.h>
#include <string.h>
int main(void) {
	for (;;) {
		char *p = malloc(5000);
		if (!p) return 3;
		memset(p, 1, 5000);
	}
}
