# @EXPECTED_SCORE@: 25
print(0.5)
