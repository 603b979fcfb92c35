let rec rest total =
  match Scanf.scanf " %d" (fun n -> n) with
  | n -> rest (total + n)
  | exception _ -> total
