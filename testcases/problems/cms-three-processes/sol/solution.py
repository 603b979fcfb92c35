import sys
assert sys.argv[1:] in (["0"], ["1"], ["2"])
print(int(input()) + 1)
