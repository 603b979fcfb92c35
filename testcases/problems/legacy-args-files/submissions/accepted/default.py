import sys
from lookup import lookup
print(sys.argv[2], lookup(sys.argv[2]))
