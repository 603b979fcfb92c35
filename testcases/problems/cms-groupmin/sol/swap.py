# Moves two alone: right for two, half right for more. @EXPECTED_SCORE@: 50
n = int(open("input.txt").read())
p = [2, 1] + list(range(3, n + 1))
print(*p, file=open("output.txt", "w"))
