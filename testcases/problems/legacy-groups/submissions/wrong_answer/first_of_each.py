# @EXPECTED_SCORE@: 71
# @EXPECTED_GRADES@ WA WA WA WA WA AC AC WA WA
n = int(input())
print(0 if n in (11, 21, 31, 41, 51, 61, 71, 81, 911, 921) else n)
