program broken;
begin
  missing := 1;
end.
