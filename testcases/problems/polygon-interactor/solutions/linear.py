for n in range(1, 1001):
    print(n, flush=True)
    if input() == "=": break
