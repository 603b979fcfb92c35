# 0.5 + 20 from a (always_accept is inherited), nothing from b.
# @EXPECTED_SCORE@: 20.5
# @EXPECTED_GRADES@ AC WA
n = int(input())
print(n + (n in (10, 40)))
