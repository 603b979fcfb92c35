#!/usr/bin/env python3
"""Prints the ten most frequent words of standard input."""

import collections
import re
import sys

words = collections.Counter(re.findall(r"[a-z]+", sys.stdin.read().lower()))
print(f"{words.total()} words, {len(words)} different")
for word, count in words.most_common(10):
    print(f"{count:5}  {word}")
