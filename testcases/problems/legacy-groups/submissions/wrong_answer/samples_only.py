# @EXPECTED_SCORE@: 1.1e1
n = int(input())
print(n if n < 10 else 0)
