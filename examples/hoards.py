#!/usr/bin/env python3
"""Keeps taking memory, and touches all of it."""

hoard = []
while True:
    hoard.append(b"x" * (8 << 20))
