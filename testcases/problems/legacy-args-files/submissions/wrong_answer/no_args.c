#include "lookup.h"
int main(int argc, char **argv) { printf("%s %d\n", argc > 9 ? argv[9] : "one", lookup("one")); return 0; }
