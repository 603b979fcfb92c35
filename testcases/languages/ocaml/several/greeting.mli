val hello : string -> string
