# @EXPECTED_SCORE@: 60
print(3 if int(input()) > 1 else 0)
