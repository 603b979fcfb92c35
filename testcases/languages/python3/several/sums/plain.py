import sys


def total():
    return sum(int(n) for n in sys.stdin.read().split())
