n = int(input())
print(n, "0.5 reject" if n == 21 else "")
