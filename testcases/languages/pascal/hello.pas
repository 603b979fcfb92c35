{ Reads a name and numbers; greets, and prints their sum. }
program hello;
var
  name: string;
  n, sum: int64;
begin
  readln(name);
  sum := 0;
  while not seekeof do
  begin
    read(n);
    sum := sum + n;
  end;
  writeln('Hello, ', name, '!');
  writeln(sum);
end.
