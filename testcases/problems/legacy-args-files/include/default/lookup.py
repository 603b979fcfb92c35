def lookup(key):
    with open("keys.txt") as f:
        return dict(line.split() for line in f)[key]
