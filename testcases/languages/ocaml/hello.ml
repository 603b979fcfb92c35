(* Reads a name and numbers; greets, and prints their sum. *)
let () =
  let name = Scanf.scanf " %s" (fun s -> s) in
  let rec sum total =
    match Scanf.scanf " %d" (fun n -> n) with
    | n -> sum (total + n)
    | exception _ -> total
  in
  Printf.printf "Hello, %s!\n%d\n" name (sum 0)
