import sys
print(int(input()) + int(input()), file=sys.stderr)
