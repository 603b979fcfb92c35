let () =
  print_endline (Greeting.hello (Scanf.scanf " %s" (fun s -> s)));
  print_int (Z_sum.rest 0);
  print_newline ()
