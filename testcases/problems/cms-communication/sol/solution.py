low, high = 0, 100
while True:
    mid = (low + high) // 2
    print(mid, flush=True)
    answer = int(input())
    if answer == 0: break
    if answer < 0: low = mid + 1
    else: high = mid - 1
