what, n, *rest = input().split()
print(*rest)
