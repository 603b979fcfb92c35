# Each process is told what the one before it said. Some FIFOs are never opened.
import sys
n = int(open("input.txt").read())
value = n
for i in range(3):
    to, out = open(sys.argv[2 + 2 * i], "w"), open(sys.argv[1 + 2 * i])
    print(value, file=to, flush=True)
    line = out.readline()
    if not line.strip():
        print("0.0")
        print(f"process {i} is silent", file=sys.stderr)
        sys.exit(0)
    value = int(line)
print("1.0" if value == n + 3 else "0.0")
print("translate:success" if value == n + 3 else "translate:wrong", file=sys.stderr)
