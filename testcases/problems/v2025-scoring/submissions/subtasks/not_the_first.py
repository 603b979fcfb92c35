n = int(input())
print(n if n != 12 else 0)
