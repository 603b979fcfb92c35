# @EXPECTED_SCORE@: 40
print(9)
