# Reads a name and numbers; greets, and prints their sum.
use strict;
use warnings;
use List::Util qw(sum0);

my ($name, @numbers) = split ' ', do { local $/; <STDIN> };
print "Hello, $name!\n", sum0(@numbers), "\n";
