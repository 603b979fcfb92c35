# @EXPECTED_SCORE@: 40
n = int(open("input.txt").read())
p = [i % n + 1 for i in range(1, n + 1)]
if n <= 4: print(*p, file=open("output.txt", "w"))
