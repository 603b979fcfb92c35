n = int(input())
print(n, "=-1" if n == 21 else "")
