# @EXPECTED_SCORE@: 30
print(1 if int(input()) < 2 else 1.25 / 10 if 0 else 0)
