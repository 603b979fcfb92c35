/* @EXPECTED_RESULTS@: WRONG-ANSWER */
#include <unistd.h>
int main(void) { close(0); close(1); sleep(1); return 0; }
