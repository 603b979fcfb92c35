-- Reads a name and numbers; greets, and prints their sum.
local name = io.read("l")
local sum = 0
for line in io.lines() do
  for word in line:gmatch("%S+") do sum = sum + math.tointeger(word) end
end
print("Hello, " .. name .. "!")
print(sum)
