assert input().startswith("encode")
print("x")
