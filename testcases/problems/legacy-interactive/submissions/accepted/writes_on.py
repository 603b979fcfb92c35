import sys, time
n = int(input())
low, high = 1, n
while low < high:
    mid = (low + high) // 2
    print("?", low, mid, flush=True)
    if int(input()): high = mid
    else: low = mid + 1
print("!", low, flush=True)
time.sleep(0.2)  # the validator has left by now
try:
    for i in range(5000): print("? 1", n, flush=True)
except BrokenPipeError:
    sys.exit(1)  # nobody reads, but nobody is killed for that
