n = int(input())
low, high = 1, n
while low < high:
    mid = (low + high) // 2
    print("?", low, mid, flush=True)
    if int(input()): high = mid
    else: low = mid + 1
print("!", low, flush=True)
while True: pass
