n = int(input())
print(n, "nan" if n == 22 else "")
