import add
print(add.add(int(input()), int(input())))
