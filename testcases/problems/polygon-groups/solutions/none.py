open("cubes.out", "w").write("0")
