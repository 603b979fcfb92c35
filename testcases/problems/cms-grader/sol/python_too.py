# @EXPECTED_RESULTS@: CORRECT
def add(a, b):
    return a + b
