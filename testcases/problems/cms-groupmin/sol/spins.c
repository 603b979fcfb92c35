/* @EXPECTED_RESULTS@: TIMELIMIT, WRONG_ANSWER */
int main(void) { for (volatile int i = 0;; i++) ; }
