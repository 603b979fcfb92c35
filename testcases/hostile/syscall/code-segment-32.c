/*
 * @name code-segment-32
 * @kind escape-attempt
 * @why jumps into a 32-bit code segment, where int 0x80 and the numbers of 32-bit calls are the natural ones
 * @needs gcc x86_64 ia32
 * @expect syscall | signal 11
 * @expect stdout-lacks ESCAPED
 * @unsandboxed stdout-contains ESCAPED
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int main(void)
{
	/* mov eax,20; int 0x80; then a far jump back to the 64-bit segment 0x33 */
	unsigned char code[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xea, 0, 0, 0, 0, 0x33, 0 };
	unsigned char *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	static struct { uint32_t to; uint16_t cs; } __attribute__((packed)) far;
	uint32_t back = (uint32_t)(uintptr_t)low + 64;
	long pid;

	if (low == MAP_FAILED)
		return 4;
	memcpy(code + 8, &back, 4);
	memcpy(low, code, sizeof code);
	low[64] = 0xc3; /* ret, in 64-bit mode again */
	far.to = (uint32_t)(uintptr_t)low;
	far.cs = 0x23;
	/* The stack is moved below 4 GiB: 32-bit code would cut its pointer off. */
	__asm__ volatile("mov %%rsp, %%r12\n\t"
			 "lea 8184(%[low]), %%rsp\n\t"
			 "lea 1f(%%rip), %%rbx\n\t"
			 "mov %%rbx, (%%rsp)\n\t"
			 "ljmp *%[far]\n"
			 "1:\tmov %%r12, %%rsp"
			 : "=a"(pid)
			 : [far] "m"(far), [low] "r"(low)
			 : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "memory", "cc");
	printf("ESCAPED getpid %ld\n", pid);
	return 0;
}
