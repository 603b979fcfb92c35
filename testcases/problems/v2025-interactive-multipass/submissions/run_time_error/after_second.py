which, word = input().split()
print(word[::-1], flush=True)
exit(which == "second")
