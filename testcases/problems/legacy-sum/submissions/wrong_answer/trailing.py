print(int(input()) + int(input()), "and that is it")
