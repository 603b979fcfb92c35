print(int(input()) + int(input()))
raise ValueError("accepted")
