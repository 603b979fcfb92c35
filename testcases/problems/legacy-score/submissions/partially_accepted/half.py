# @EXPECTED_SCORE@: 85.000000000
print(int(input()) / 2)
