# @EXPECTED_RESULTS@: WRONG-ANSWER
import sys
if sys.argv[1] != "1":
    print(int(input()) + 1)
