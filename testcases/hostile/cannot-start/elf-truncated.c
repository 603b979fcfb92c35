/*
 * @name elf-truncated
 * @kind robustness
 * @why a program that was cut off within its program headers
 * @needs gcc
 * @alter truncate 200
 * @expect cannot-start
 * @expect stdout-lacks STARTED
 * @unsandboxed skip
 */
#include <stdio.h>

int main(void)
{
	puts("STARTED");
	return 0;
}
