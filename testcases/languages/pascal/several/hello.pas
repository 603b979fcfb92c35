program hello;
uses greeting;
var
  name: string;
  n, sum: int64;
begin
  readln(name);
  greet(name);
  sum := 0;
  while not seekeof do
  begin
    read(n);
    sum := sum + n;
  end;
  writeln(sum);
end.
