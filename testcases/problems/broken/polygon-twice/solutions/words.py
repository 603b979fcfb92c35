print("one and one")
