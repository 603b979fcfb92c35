/*
 * @name no-shell-needed
 * @kind robustness
 * @why arguments that a shell or a careless parser would take for something else reach the program as they are
 * @needs gcc
 * @args -- --report=/dev/null -p $(id) ; `id` | %s%n "" ' \n * ~ && {}
 * @expect ok
 * @expect stdout-contains 15 <--> <--report=/dev/null> <-p> <$(id)> <;> <`id`> <|> <%s%n> <""> <'> <\n> <*> <~> <&&> <{}>
 * @unsandboxed same
 */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("%d", argc - 1);
	for (int i = 1; i < argc; i++)
		printf(" <%s>", argv[i]);
	puts("");
	return 0;
}
