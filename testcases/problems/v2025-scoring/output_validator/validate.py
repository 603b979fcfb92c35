# "n" is right, "n p" is right with a share p (score_multiplier.txt) of the points, "n =s" with s points
# (score.txt). In groups that take no score none is given, unless the output asks for it with "!".
import sys

words = sys.stdin.read().split()
n = open(sys.argv[1]).read().strip()
if not words or words[0] != n:
    sys.exit(43)
for word in words[1:]:
    if word.startswith("="):
        open(sys.argv[3] + "score.txt", "w").write(word[1:])
    elif word == "reject":
        sys.exit(43)
    else:
        open(sys.argv[3] + "score_multiplier.txt", "w").write(word)
sys.exit(42)
