# Reads a name and numbers; greets, and prints their sum.
name, *numbers = $stdin.read.split
puts "Hello, #{name}!"
puts numbers.sum(&:to_i)
