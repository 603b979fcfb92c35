import os, sys

directory = sys.argv[3]
secret = open(sys.argv[2]).read().strip()
second = os.path.exists(directory + "word")
if not second:
    print("first", secret, flush=True)
    word = sys.stdin.readline().strip()
    if not word or word == secret:
        sys.exit(43)
    open(directory + "word", "w").write(word)
    open(directory + "nextpass.in", "w").write("second\n")
    sys.exit(42)
assert open(sys.argv[1]).read() == "second\n"
print("second", open(directory + "word").read(), flush=True)
sys.exit(42 if sys.stdin.readline().strip() == secret else 43)
