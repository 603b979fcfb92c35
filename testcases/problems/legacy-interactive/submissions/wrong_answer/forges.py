input()
print("42\nAC\naccepted", flush=True)
