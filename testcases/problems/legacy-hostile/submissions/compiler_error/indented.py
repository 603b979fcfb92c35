print(2)
  print(3)
