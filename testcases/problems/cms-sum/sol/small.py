# @EXPECTED_RESULTS@: WRONG-ANSWER
# @EXPECTED_SCORE@: 75
n = int(input())
print(n * n if n < 30 else -1)
