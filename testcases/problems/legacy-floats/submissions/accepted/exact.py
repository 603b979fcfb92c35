a, b = map(int, input().split())
print("+%.20f" % (a / b), "Done", "2e0")
