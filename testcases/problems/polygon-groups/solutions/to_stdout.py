print(int(open("cubes.in").read()) ** 3)
