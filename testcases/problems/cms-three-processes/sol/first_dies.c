/* @EXPECTED_RESULTS@: RUN-ERROR */
int main(int argc, char **argv) { return argv[1][0] == '0' ? 3 : 0; }
