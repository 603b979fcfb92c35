/* Forks without end: each process makes another as long as it can, and none ever waits. */
#include <unistd.h>

int main(void)
{
	for (;;)
		fork();
}
