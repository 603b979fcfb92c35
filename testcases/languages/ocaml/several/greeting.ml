let hello name = "Hello, " ^ name ^ "!"
