# Reads a name and numbers; greets, and prints their sum.
import sys

name, *numbers = sys.stdin.read().split()
print(f"Hello, {name}!")
print(sum(map(int, numbers)))
