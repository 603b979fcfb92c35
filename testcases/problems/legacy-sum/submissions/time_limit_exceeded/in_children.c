/* No process of it needs the limit; all together do. */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
int main(void) {
	for (int i = 0; i < 8; i++) {
		if (fork() == 0) {
			while (clock() < CLOCKS_PER_SEC / 2) ;
			_exit(0);
		}
		wait(0);
	}
}
