import sys

with open(sys.argv[1]) as f:
    n = int(f.read())
try:
    d = int(sys.stdin.read())
except ValueError as e:
    with open(sys.argv[3] + "judgemessage.txt", "w") as f:
        f.write(str(e))
    sys.exit(43)
sys.exit(42 if 1 < d < n and n % d == 0 else 43)
