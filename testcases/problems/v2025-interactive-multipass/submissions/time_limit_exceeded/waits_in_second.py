which, word = input().split()
if which == "first": print(word[::-1], flush=True)
else: input(); input()
