n = int(input())
print(" none" if n == 0 else sum(map(int, input().split())) / n)
