# The root ignores the sample.
n = int(input())
print(n if n != 1 else 0)
