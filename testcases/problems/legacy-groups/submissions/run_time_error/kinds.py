# @EXPECTED_SCORE@: 90.000
# Errors of different gravity: the worst one counts, but where the first does.
import sys
n = int(input())
if n in (12, 52, 82):
    sys.exit(1)
print(0 if n in (11, 51, 81) else n)
