/* @EXPECTED_SCORE@: 0 */
int main(void) { return 0; }
