import importlib, os, sys
name = next(f for f in os.listdir(".") if f.endswith(".py") and f not in ("grader.py", "__main__.py"))
print(importlib.import_module(name[:-3]).add(*map(int, input().split())))
