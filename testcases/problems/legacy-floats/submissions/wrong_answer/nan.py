print("nan\nDone 2")
