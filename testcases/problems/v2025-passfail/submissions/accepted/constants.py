import sys
n = int(input())
if n == 0:
    print("none")
else:
    print(round(sum(map(int, input().split())) / n, {{digits}} + 0))
