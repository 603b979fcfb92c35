/* Ends well if this kernel answers a 32-bit system call: getpid by int 0x80. */
#include <unistd.h>

int main(void)
{
	long r = 20;

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return (int)r == getpid() ? 0 : 1;
}
