#include "../../../data/secret/1.ans"
#include "/proc/self/environ"
int main(void) { return 0; }
