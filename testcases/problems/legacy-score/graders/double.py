# The sum of the scores twice over, if all are accepted; else the first error and nothing.
import sys

if sys.argv[1:] != ["double", "rest"]:
    sys.exit(1)
verdict, score = "AC", 0.0
for line in sys.stdin:
    v, s = line.split()
    if v != "AC" and verdict == "AC":
        verdict = v
    score += 2 * float(s)
print(verdict, score if verdict == "AC" else 0)
