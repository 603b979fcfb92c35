# What a program writes before it fails is not looked at.
print(2)
raise SystemExit(43)
