import os
print(int(input()) + int(input()), flush=True)
os.kill(os.getpid(), 9)
