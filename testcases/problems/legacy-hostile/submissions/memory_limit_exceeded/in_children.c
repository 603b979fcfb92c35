#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			char *p = malloc(16 << 20);
			if (p) memset(p, 1, 16 << 20);
			pause();
		}
	sleep(60);
	return 0;
}
