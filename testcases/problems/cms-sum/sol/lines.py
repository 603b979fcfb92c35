# White space within a line does not matter, lines do. @EXPECTED_RESULTS@: WRONG-ANSWER
n = int(input())
print("\n%d" % (n * n))
