/*
 * @name empty-file
 * @kind robustness
 * @why an executable file with nothing in it, as a full disk leaves behind
 * @needs gcc
 * @alter truncate 0
 * @expect cannot-start
 * @expect oom-kill no
 * @unsandboxed skip
 */
int main(void)
{
	return 0;
}
