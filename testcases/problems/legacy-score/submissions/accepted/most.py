# @EXPECTED_SCORE@: 170
print(input())
