# @EXPECTED_SCORE@: 75
for n in range(100):
    print(n, flush=True)
    if int(input()) == 0: break
