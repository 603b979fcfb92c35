# @EXPECTED_RESULTS@: ACCEPTED
# Right, but for what it writes when nobody reads any more.
import sys
print(int(input()) + 1, flush=True)
if sys.argv[1] == "2":
    for i in range(100000):
        print(i)
