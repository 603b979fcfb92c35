which, word = input().split()
print(word + ("x" if which == "first" else ""), flush=True)
