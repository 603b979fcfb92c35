# @EXPECTED_SCORE@: 140
# @EXPECTED_GRADES@ AC AC
n = int(input())
print(0 if n == 20 else n if n > 20 else 1 / 0)
