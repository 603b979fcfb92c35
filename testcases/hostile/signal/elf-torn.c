/*
 * @name elf-torn
 * @kind robustness
 * @why a program whose headers are whole but whose code is cut off: it is started, and dies before its first instruction
 * @needs gcc
 * @alter truncate 4096
 * @expect signal 7 | signal 9 | signal 11 | cannot-start
 * @expect oom-kill no
 * @expect seccomp-violation no
 * @unsandboxed skip
 */
int main(void)
{
	return 0;
}
