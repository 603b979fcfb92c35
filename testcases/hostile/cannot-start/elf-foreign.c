/*
 * @name elf-foreign
 * @kind robustness
 * @why a well-formed program for another processor; e_machine says AArch64
 * @needs gcc x86_64
 * @alter poke 18 b700
 * @expect cannot-start
 * @expect stdout-lacks STARTED
 * @expect seccomp-violation no
 * @unsandboxed skip
 */
#include <stdio.h>

int main(void)
{
	puts("STARTED");
	return 0;
}
