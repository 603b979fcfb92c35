from greetings import hello
from sums.plain import total

name = input()
print(hello(name))
print(total())
