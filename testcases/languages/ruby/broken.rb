puts "no end
